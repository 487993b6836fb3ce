SELECT
  "t13"."place",
  SUM("t13"."n") AS "n",
  SUM("t13"."touched_0") AS "touched_0",
  SUM("t13"."touched_1") AS "touched_1",
  SUM("t13"."touched_2") AS "touched_2"
FROM (
  SELECT
    "t12"."n",
    "t12"."stage_set",
    CASE
      WHEN POSITION('|stage_3|' IN "t12"."stage_set") > 0
      THEN 2
      WHEN POSITION('|stage_2|' IN "t12"."stage_set") > 0
      THEN 1
      WHEN POSITION('|stage_1|' IN "t12"."stage_set") > 0
      THEN 0
      ELSE -1
    END AS "place",
    CASE WHEN POSITION('|stage_1|' IN "t12"."stage_set") > 0 THEN "t12"."n" ELSE 0.0 END AS "touched_0",
    CASE WHEN POSITION('|stage_2|' IN "t12"."stage_set") > 0 THEN "t12"."n" ELSE 0.0 END AS "touched_1",
    CASE WHEN POSITION('|stage_3|' IN "t12"."stage_set") > 0 THEN "t12"."n" ELSE 0.0 END AS "touched_2"
  FROM (
    SELECT
      "t11"."n",
      '|' || CASE
        WHEN (
          COALESCE("t11"."stage_bits_0", 0) & 1
        ) <> 0
        THEN 'stage_1|'
        ELSE ''
      END || CASE
        WHEN (
          COALESCE("t11"."stage_bits_0", 0) & 2
        ) <> 0
        THEN 'stage_2|'
        ELSE ''
      END || CASE
        WHEN (
          COALESCE("t11"."stage_bits_0", 0) & 4
        ) <> 0
        THEN 'stage_3|'
        ELSE ''
      END AS "stage_set"
    FROM (
      SELECT
        "t10"."stage_bits_0",
        SUM("t10"."n") AS "n"
      FROM (
        SELECT
          "t9"."key",
          CAST(1 AS DOUBLE PRECISION) AS "n",
          BIT_OR("t9"."stage_bits_0") AS "stage_bits_0"
        FROM (
          SELECT
            "t8"."interaction_id",
            "t8"."journey_id",
            "t8"."customer_id",
            "t8"."touchpoint_id",
            "t8"."channel",
            "t8"."ts",
            "t8"."promised_ts",
            "t8"."wait_minutes",
            "t8"."success",
            "t8"."step",
            "t8"."steps",
            "t8"."next_touchpoint",
            "t8"."next_channel",
            "t8"."previous_channel",
            "t8"."minutes",
            "t8"."rows",
            "t8"."w1",
            "t8"."w",
            "t8"."key",
            "t8"."copies",
            "t8"."stage_bits_0"
          FROM (
            SELECT
              "t7"."interaction_id",
              "t7"."journey_id",
              "t7"."customer_id",
              "t7"."touchpoint_id",
              "t7"."channel",
              "t7"."ts",
              "t7"."promised_ts",
              "t7"."wait_minutes",
              "t7"."success",
              "t7"."step",
              "t7"."steps",
              "t7"."next_touchpoint",
              "t7"."next_channel",
              "t7"."previous_channel",
              "t7"."minutes",
              "t7"."rows",
              "t7"."w1",
              "t7"."w",
              "t7"."key",
              "t7"."copies",
              "t4"."placed_touchpoint",
              "t4"."stage_bits_0"
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
                CAST(1 AS DOUBLE PRECISION) AS "copies"
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
                  (
                    ROW_NUMBER() OVER (
                      PARTITION BY "t2"."journey_id"
                      ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1
                  ) + 1 AS "step",
                  COUNT(*) OVER (
                    PARTITION BY "t2"."journey_id"
                    ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "steps",
                  LEAD("t2"."touchpoint_id", 1) OVER (
                    PARTITION BY "t2"."journey_id"
                    ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_touchpoint",
                  LEAD("t2"."channel", 1) OVER (
                    PARTITION BY "t2"."journey_id"
                    ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_channel",
                  LAG("t2"."channel", 1) OVER (
                    PARTITION BY "t2"."journey_id"
                    ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "previous_channel",
                  CAST(CAST(EXTRACT(epoch FROM CAST(LEAD("t2"."ts", 1) OVER (
                    PARTITION BY "t2"."journey_id"
                    ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS TIMESTAMP) - CAST("t2"."ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
                FROM (
                  SELECT
                    *
                  FROM "interactions" AS "t1"
                  WHERE
                    "t1"."journey_id" IS NOT NULL AND "t1"."ts" IS NOT NULL
                ) AS "t2"
              ) AS "t5"
            ) AS "t7"
            LEFT OUTER JOIN (
              SELECT
                "t0"."touchpoint_id" AS "placed_touchpoint",
                CASE
                  WHEN "t0"."stage_id" = 'stage_1'
                  THEN 1
                  WHEN "t0"."stage_id" = 'stage_2'
                  THEN 2
                  WHEN "t0"."stage_id" = 'stage_3'
                  THEN 4
                  ELSE 0
                END AS "stage_bits_0"
              FROM "touchpoints" AS "t0"
            ) AS "t4"
              ON "t7"."touchpoint_id" = "t4"."placed_touchpoint"
          ) AS "t8"
        ) AS "t9"
        GROUP BY
          1
      ) AS "t10"
      GROUP BY
        1
    ) AS "t11"
  ) AS "t12"
) AS "t13"
GROUP BY
  1
