SELECT
  "t13"."channel_path",
  SUM("t13"."copies") AS "n",
  SUM("t13"."copies" * CASE WHEN "t13"."converted" IS NOT NULL THEN 1.0 ELSE 0.0 END) AS "told_n",
  SUM("t13"."copies" * CASE WHEN "t13"."converted" THEN 1.0 ELSE 0.0 END) AS "won_n",
  SUM("t13"."copies" * COALESCE("t13"."value", 0.0)) AS "value_sum"
FROM (
  SELECT
    *
  FROM (
    SELECT
      "t11"."key",
      "t11"."steps",
      "t11"."copies",
      "t11"."path",
      "t11"."channel_path",
      "t11"."first_id",
      "t11"."last_id",
      "t11"."switches",
      "t11"."started",
      "t11"."ended",
      "t11"."minutes",
      "t11"."customer_id",
      "t11"."one_customer",
      "t11"."channel",
      "t11"."outcome",
      "t11"."converted",
      "t11"."value"
    FROM (
      SELECT
        "t10"."key",
        "t10"."steps",
        "t10"."copies",
        "t10"."path",
        "t10"."channel_path",
        "t10"."first_id",
        "t10"."last_id",
        "t10"."switches",
        "t10"."first_channel",
        "t10"."started",
        "t10"."ended",
        "t10"."minutes",
        "t10"."customer_id",
        "t10"."one_customer",
        COALESCE("t10"."channel", "t10"."first_channel") AS "channel",
        "t10"."outcome",
        "t10"."converted",
        "t10"."value"
      FROM (
        SELECT
          "t9"."key",
          "t9"."steps",
          "t9"."copies",
          "t9"."path",
          "t9"."channel_path",
          "t9"."first_id",
          "t9"."last_id",
          "t9"."switches",
          "t9"."first_channel",
          "t9"."started",
          "t9"."ended",
          "t9"."minutes",
          "t9"."customer_id",
          "t9"."one_customer",
          "t9"."channel",
          "t9"."outcome",
          "t9"."converted",
          "t9"."value"
        FROM (
          SELECT
            "t8"."key",
            "t8"."steps",
            "t8"."copies",
            "t8"."path",
            "t8"."channel_path",
            "t8"."first_id",
            "t8"."last_id",
            "t8"."switches",
            "t8"."first_channel",
            "t8"."started",
            "t8"."ended",
            "t8"."minutes",
            "t8"."customer_id",
            "t8"."one_customer",
            "t3"."channel",
            "t3"."outcome",
            "t3"."converted",
            "t3"."value",
            "t3"."journey"
          FROM (
            SELECT
              "t6"."key",
              MAX("t6"."steps") AS "steps",
              CAST(1 AS DOUBLE PRECISION) AS "copies",
              STRING_AGG("t6"."touchpoint_id", ' > ' ORDER BY "t6"."step" ASC) AS "path",
              STRING_AGG(
                
                  CASE
                    WHEN NOT (
                      COALESCE("t6"."channel" = "t6"."previous_channel", FALSE)
                    )
                    THEN "t6"."channel"
                    ELSE NULL
                  END,
                  ' > ' ORDER BY "t6"."step" ASC
                
              ) AS "channel_path",
              MAX(CASE WHEN "t6"."step" = 1 THEN "t6"."touchpoint_id" ELSE NULL END) AS "first_id",
              MAX(CASE WHEN "t6"."step" = "t6"."steps" THEN "t6"."touchpoint_id" ELSE NULL END) AS "last_id",
              SUM(
                CASE
                  WHEN COALESCE("t6"."channel" <> "t6"."previous_channel", FALSE)
                  THEN 1
                  ELSE 0
                END
              ) AS "switches",
              MAX(CASE WHEN "t6"."step" = 1 THEN "t6"."channel" ELSE NULL END) AS "first_channel",
              MIN("t6"."ts") AS "started",
              MAX("t6"."ts") AS "ended",
              CAST(CAST(EXTRACT(epoch FROM CAST(MAX("t6"."ts") AS TIMESTAMP) - CAST(MIN("t6"."ts") AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes",
              MIN("t6"."customer_id") AS "customer_id",
              CASE
                WHEN MIN("t6"."customer_id") = MAX("t6"."customer_id")
                THEN COUNT("t6"."customer_id") = COUNT(*)
                ELSE COUNT("t6"."customer_id") = 0
              END AS "one_customer"
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
                  "t4"."interaction_id",
                  "t4"."journey_id",
                  "t4"."customer_id",
                  "t4"."touchpoint_id",
                  "t4"."channel",
                  "t4"."ts",
                  "t4"."promised_ts",
                  "t4"."wait_minutes",
                  "t4"."success",
                  (
                    ROW_NUMBER() OVER (
                      PARTITION BY "t4"."journey_id"
                      ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1
                  ) + 1 AS "step",
                  COUNT(*) OVER (
                    PARTITION BY "t4"."journey_id"
                    ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "steps",
                  LEAD("t4"."touchpoint_id", 1) OVER (
                    PARTITION BY "t4"."journey_id"
                    ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_touchpoint",
                  LEAD("t4"."channel", 1) OVER (
                    PARTITION BY "t4"."journey_id"
                    ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_channel",
                  LAG("t4"."channel", 1) OVER (
                    PARTITION BY "t4"."journey_id"
                    ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "previous_channel",
                  CAST(CAST(EXTRACT(epoch FROM CAST(LEAD("t4"."ts", 1) OVER (
                    PARTITION BY "t4"."journey_id"
                    ORDER BY "t4"."ts" ASC, "t4"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS TIMESTAMP) - CAST("t4"."ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
                FROM (
                  SELECT
                    *
                  FROM "interactions" AS "t1"
                  WHERE
                    "t1"."journey_id" IS NOT NULL AND "t1"."ts" IS NOT NULL
                ) AS "t4"
              ) AS "t5"
            ) AS "t6"
            GROUP BY
              1
          ) AS "t8"
          LEFT OUTER JOIN (
            SELECT
              "t0"."channel",
              "t0"."outcome",
              "t0"."converted",
              "t0"."value",
              "t0"."journey_id" AS "journey"
            FROM "journeys" AS "t0"
          ) AS "t3"
            ON "t8"."key" = "t3"."journey"
        ) AS "t9"
      ) AS "t10"
    ) AS "t11"
  ) AS "t12"
  WHERE
    "t12"."channel_path" IS NOT NULL
) AS "t13"
GROUP BY
  1
