SELECT
  "t4"."step",
  "t4"."touchpoint_id",
  SUM("t4"."copies") AS "n"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t2".*
      EXCLUDE ("clock")
    FROM (
      SELECT
        "t1"."interaction_id",
        "t1"."journey_id",
        "t1"."customer_id",
        "t1"."touchpoint_id",
        "t1"."channel",
        "t1"."ts",
        "t1"."promised_ts",
        "t1"."wait_minutes",
        "t1"."success",
        "t1"."rows",
        "t1"."w1",
        "t1"."w",
        "t1"."key",
        "t1"."copies",
        "t1"."clock",
        (
          ROW_NUMBER() OVER (
            PARTITION BY "t1"."key"
            ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1
        ) + 1 AS "step",
        COUNT(*) OVER (
          PARTITION BY "t1"."key"
          ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "steps",
        LEAD("t1"."touchpoint_id", 1) OVER (
          PARTITION BY "t1"."key"
          ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "next_touchpoint",
        LEAD("t1"."channel", 1) OVER (
          PARTITION BY "t1"."key"
          ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "next_channel",
        LAG("t1"."channel", 1) OVER (
          PARTITION BY "t1"."key"
          ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "previous_channel",
        CAST(DATE_DIFF(
          'MICROSECOND',
          "t1"."ts",
          LEAD("t1"."ts", 1) OVER (
            PARTITION BY "t1"."key"
            ORDER BY "t1"."clock" ASC, "t1"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          )
        ) AS DOUBLE) / 60000000.0 AS "minutes"
      FROM (
        SELECT
          "t0"."interaction_id",
          "t0"."journey_id",
          "t0"."customer_id",
          "t0"."touchpoint_id",
          "t0"."channel",
          "t0"."ts",
          "t0"."promised_ts",
          "t0"."wait_minutes",
          "t0"."success",
          COALESCE(1.0, 1.0) AS "rows",
          COALESCE(1.0, 0.0) AS "w1",
          COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
          "t0"."journey_id" AS "key",
          1.0 AS "copies",
          "t0"."ts" AS "clock"
        FROM "interactions" AS "t0"
        WHERE
          "t0"."journey_id" IS NOT NULL AND "t0"."ts" IS NOT NULL
      ) AS "t1"
    ) AS "t2"
  ) AS "t3"
  WHERE
    "t3"."step" <= 10
) AS "t4"
GROUP BY
  1,
  2
