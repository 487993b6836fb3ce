SELECT
  "t10"."touchpoint_id",
  "t10"."won",
  "t10"."spoilt",
  COUNT(*) AS "n",
  SUM("t10"."hit") AS "hits"
FROM (
  SELECT
    "t9"."interaction_id",
    "t9"."journey_id",
    "t9"."customer_id",
    "t9"."touchpoint_id",
    "t9"."channel",
    "t9"."ts",
    "t9"."promised_ts",
    "t9"."wait_minutes",
    "t9"."success",
    "t9"."step",
    "t9"."steps",
    "t9"."next_touchpoint",
    "t9"."next_channel",
    "t9"."previous_channel",
    "t9"."minutes",
    "t9"."rows",
    "t9"."w1",
    "t9"."w",
    "t9"."key",
    "t9"."copies",
    "t9"."won",
    "t9"."spoilt",
    "t9"."turn",
    "t4"."hit"
  FROM (
    SELECT
      *
    FROM (
      SELECT
        "t6"."interaction_id",
        "t6"."journey_id",
        "t6"."customer_id",
        "t6"."touchpoint_id",
        "t6"."channel",
        "t6"."ts",
        "t6"."promised_ts",
        "t6"."wait_minutes",
        "t6"."success",
        "t6"."step",
        "t6"."steps",
        "t6"."next_touchpoint",
        "t6"."next_channel",
        "t6"."previous_channel",
        "t6"."minutes",
        "t6"."rows",
        "t6"."w1",
        "t6"."w",
        "t6"."key",
        "t6"."copies",
        "t6"."won",
        COALESCE(
          MAX(1 - "t6"."won") OVER (
            PARTITION BY "t6"."journey_id"
            ORDER BY "t6"."step" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 preceding
          ),
          0
        ) AS "spoilt",
        MIN("t6"."step") OVER (
          PARTITION BY "t6"."journey_id", "t6"."touchpoint_id"
          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS "turn"
      FROM (
        SELECT
          "t5"."interaction_id",
          "t5"."journey_id",
          "t5"."customer_id",
          "t5"."touchpoint_id",
          "t5"."channel",
          "t5"."ts",
          "t5"."promised_ts",
          "t5"."wait_minutes",
          "t5"."success",
          "t5"."step",
          "t5"."steps",
          "t5"."next_touchpoint",
          "t5"."next_channel",
          "t5"."previous_channel",
          "t5"."minutes",
          COALESCE(1.0, 1.0) AS "rows",
          COALESCE(1.0, 0.0) AS "w1",
          COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
          "t5"."journey_id" AS "key",
          CAST(1 AS DOUBLE) AS "copies",
          CASE WHEN "t5"."success" THEN 1 ELSE 0 END AS "won"
        FROM (
          SELECT
            "t3"."interaction_id",
            "t3"."journey_id",
            "t3"."customer_id",
            "t3"."touchpoint_id",
            "t3"."channel",
            "t3"."ts",
            "t3"."promised_ts",
            "t3"."wait_minutes",
            "t3"."success",
            (
              ROW_NUMBER() OVER (
                PARTITION BY "t3"."journey_id"
                ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) - 1
            ) + 1 AS "step",
            COUNT(*) OVER (
              PARTITION BY "t3"."journey_id"
              ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "steps",
            LEAD("t3"."touchpoint_id", 1) OVER (
              PARTITION BY "t3"."journey_id"
              ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "next_touchpoint",
            LEAD("t3"."channel", 1) OVER (
              PARTITION BY "t3"."journey_id"
              ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "next_channel",
            LAG("t3"."channel", 1) OVER (
              PARTITION BY "t3"."journey_id"
              ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS "previous_channel",
            CAST(DATE_DIFF(
              'MICROSECOND',
              "t3"."ts",
              LEAD("t3"."ts", 1) OVER (
                PARTITION BY "t3"."journey_id"
                ORDER BY "t3"."ts" ASC, "t3"."interaction_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              )
            ) AS DOUBLE) / 60000000.0 AS "minutes"
          FROM (
            SELECT
              *
            FROM "interactions" AS "t1"
            WHERE
              "t1"."journey_id" IS NOT NULL AND "t1"."ts" IS NOT NULL
          ) AS "t3"
        ) AS "t5"
        WHERE
          "t5"."success" IS NOT NULL
      ) AS "t6"
    ) AS "t7"
    WHERE
      "t7"."step" = "t7"."turn"
  ) AS "t9"
  INNER JOIN (
    SELECT
      "t0"."journey_id",
      CASE WHEN "t0"."converted" THEN 1.0 ELSE 0.0 END AS "hit"
    FROM "journeys" AS "t0"
    WHERE
      "t0"."converted" IS NOT NULL
  ) AS "t4"
    ON "t9"."journey_id" = "t4"."journey_id"
) AS "t10"
GROUP BY
  1,
  2,
  3
