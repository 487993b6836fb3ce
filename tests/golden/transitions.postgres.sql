SELECT
  "t4"."from_id",
  "t4"."to_id",
  "t4"."n",
  (
    "t4"."quantiles"
  )[CASE WHEN 0 < 0 THEN CARDINALITY("t4"."quantiles") + (
    0 + 1
  ) ELSE 0 + 1 END] AS "minutes_p50",
  (
    "t4"."quantiles"
  )[CASE WHEN 1 < 0 THEN CARDINALITY("t4"."quantiles") + (
    1 + 1
  ) ELSE 1 + 1 END] AS "minutes_p90",
  "t4"."firsts"
FROM (
  SELECT
    "t3"."from_id",
    "t3"."to_id",
    COUNT(*) AS "n",
    PERCENTILE_CONT(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY
      "t3"."minutes") AS "quantiles",
    SUM(CASE WHEN "t3"."step" = 1 THEN "t3"."copies" ELSE 0.0 END) AS "firsts"
  FROM (
    SELECT
      "t2"."interaction_id",
      "t2"."journey_id",
      "t2"."customer_id",
      "t2"."touchpoint_id",
      "t2"."channel",
      "t2"."ts",
      "t2"."promised_ts",
      "t2"."wait_minutes",
      "t2"."success",
      "t2"."step",
      "t2"."steps",
      "t2"."next_touchpoint",
      "t2"."next_channel",
      "t2"."previous_channel",
      "t2"."minutes",
      COALESCE(1.0, 1.0) AS "rows",
      COALESCE(1.0, 0.0) AS "w1",
      COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
      "t2"."journey_id" AS "key",
      CAST(1 AS DOUBLE PRECISION) AS "copies",
      "t2"."touchpoint_id" AS "from_id",
      COALESCE("t2"."next_touchpoint", '(end)') AS "to_id"
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
        (
          ROW_NUMBER() OVER (
            PARTITION BY "t1"."journey_id"
            ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1
        ) + 1 AS "step",
        COUNT(*) OVER (
          PARTITION BY "t1"."journey_id"
          ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "steps",
        LEAD("t1"."touchpoint_id", 1) OVER (
          PARTITION BY "t1"."journey_id"
          ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "next_touchpoint",
        LEAD("t1"."channel", 1) OVER (
          PARTITION BY "t1"."journey_id"
          ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "next_channel",
        LAG("t1"."channel", 1) OVER (
          PARTITION BY "t1"."journey_id"
          ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "previous_channel",
        CAST(CAST(EXTRACT(epoch FROM CAST(LEAD("t1"."ts", 1) OVER (
          PARTITION BY "t1"."journey_id"
          ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS TIMESTAMP) - CAST("t1"."ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
      FROM (
        SELECT
          *
        FROM "interactions" AS "t0"
        WHERE
          "t0"."journey_id" IS NOT NULL AND "t0"."ts" IS NOT NULL
      ) AS "t1"
    ) AS "t2"
  ) AS "t3"
  GROUP BY
    1,
    2
) AS "t4"
