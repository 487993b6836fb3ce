SELECT
  "t31"."key",
  "t31"."steps",
  "t31"."copies",
  "t31"."path",
  "t31"."first_id",
  "t31"."last_id",
  "t31"."channel_path",
  "t31"."switches",
  "t31"."started",
  "t31"."ended",
  "t31"."minutes",
  "t31"."customer_id",
  "t31"."one_customer",
  "t31"."channel",
  "t31"."outcome",
  "t31"."converted",
  "t31"."value",
  "t31"."segment",
  "t31"."peak",
  "t31"."end",
  "t31"."mean",
  COALESCE("t31"."felt", 0) AS "felt"
FROM (
  SELECT
    "t30".*
    EXCLUDE ("journey")
  FROM (
    SELECT
      "t29"."key",
      "t29"."steps",
      "t29"."copies",
      "t29"."path",
      "t29"."first_id",
      "t29"."last_id",
      "t29"."channel_path",
      "t29"."switches",
      "t29"."started",
      "t29"."ended",
      "t29"."minutes",
      "t29"."customer_id",
      "t29"."one_customer",
      "t29"."channel",
      "t29"."outcome",
      "t29"."converted",
      "t29"."value",
      "t29"."segment",
      "t26"."journey",
      "t26"."peak",
      "t26"."end",
      "t26"."mean",
      "t26"."felt"
    FROM (
      SELECT
        "t27"."key",
        "t27"."steps",
        "t27"."copies",
        "t27"."path",
        "t27"."first_id",
        "t27"."last_id",
        "t27"."channel_path",
        "t27"."switches",
        "t27"."started",
        "t27"."ended",
        "t27"."minutes",
        "t27"."customer_id",
        "t27"."one_customer",
        "t27"."channel",
        "t27"."outcome",
        "t27"."converted",
        "t27"."value",
        "t27"."group" AS "segment"
      FROM (
        SELECT
          "t24"."key",
          "t24"."steps",
          "t24"."copies",
          "t24"."path",
          "t24"."first_id",
          "t24"."last_id",
          "t24"."channel_path",
          "t24"."switches",
          "t24"."started",
          "t24"."ended",
          "t24"."minutes",
          "t24"."customer_id",
          "t24"."one_customer",
          "t24"."channel",
          "t24"."outcome",
          "t24"."converted",
          "t24"."value",
          "t6"."person",
          "t6"."group"
        FROM (
          SELECT
            "t22".*
            EXCLUDE ("first_channel")
          FROM (
            SELECT
              "t20"."key",
              "t20"."steps",
              "t20"."copies",
              "t20"."path",
              "t20"."first_id",
              "t20"."last_id",
              "t20"."channel_path",
              "t20"."switches",
              "t20"."first_channel",
              "t20"."started",
              "t20"."ended",
              "t20"."minutes",
              "t20"."customer_id",
              "t20"."one_customer",
              COALESCE("t20"."channel", "t20"."first_channel") AS "channel",
              "t20"."outcome",
              "t20"."converted",
              "t20"."value"
            FROM (
              SELECT
                "t19".*
                EXCLUDE ("journey")
              FROM (
                SELECT
                  "t18"."key",
                  "t18"."steps",
                  "t18"."copies",
                  "t18"."path",
                  "t18"."first_id",
                  "t18"."last_id",
                  "t18"."channel_path",
                  "t18"."switches",
                  "t18"."first_channel",
                  "t18"."started",
                  "t18"."ended",
                  "t18"."minutes",
                  "t18"."customer_id",
                  "t18"."one_customer",
                  "t7"."channel",
                  "t7"."outcome",
                  "t7"."converted",
                  "t7"."value",
                  "t7"."journey"
                FROM (
                  SELECT
                    "t13"."key",
                    MAX("t13"."steps") AS "steps",
                    MAX("t13"."copies") AS "copies",
                    LISTAGG("t13"."touchpoint_id", ' > ' ORDER BY "t13"."step" ASC) AS "path",
                    MAX(CASE WHEN "t13"."step" = 1 THEN "t13"."touchpoint_id" ELSE NULL END) AS "first_id",
                    MAX(CASE WHEN "t13"."step" = "t13"."steps" THEN "t13"."touchpoint_id" ELSE NULL END) AS "last_id",
                    LISTAGG(
                      
                        CASE
                          WHEN NOT (
                            COALESCE("t13"."channel" = "t13"."previous_channel", FALSE)
                          )
                          THEN "t13"."channel"
                          ELSE NULL
                        END,
                        ' > ' ORDER BY "t13"."step" ASC
                      
                    ) AS "channel_path",
                    SUM(
                      CASE
                        WHEN COALESCE("t13"."channel" <> "t13"."previous_channel", FALSE)
                        THEN 1
                        ELSE 0
                      END
                    ) AS "switches",
                    MAX(CASE WHEN "t13"."step" = 1 THEN "t13"."channel" ELSE NULL END) AS "first_channel",
                    MIN("t13"."ts") AS "started",
                    MAX("t13"."ts") AS "ended",
                    CAST(DATE_DIFF('MICROSECOND', MIN("t13"."ts"), MAX("t13"."ts")) AS DOUBLE) / 60000000.0 AS "minutes",
                    MIN("t13"."customer_id") AS "customer_id",
                    CASE
                      WHEN MIN("t13"."customer_id") = MAX("t13"."customer_id")
                      THEN COUNT("t13"."customer_id") = COUNT(*)
                      ELSE COUNT("t13"."customer_id") = 0
                    END AS "one_customer"
                  FROM (
                    SELECT
                      "t12".*
                      EXCLUDE ("clock")
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
                        "t8"."rows",
                        "t8"."w1",
                        "t8"."w",
                        "t8"."key",
                        "t8"."copies",
                        "t8"."clock",
                        (
                          ROW_NUMBER() OVER (
                            PARTITION BY "t8"."key"
                            ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          ) - 1
                        ) + 1 AS "step",
                        COUNT(*) OVER (
                          PARTITION BY "t8"."key"
                          ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) AS "steps",
                        LEAD("t8"."touchpoint_id", 1) OVER (
                          PARTITION BY "t8"."key"
                          ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) AS "next_touchpoint",
                        LEAD("t8"."channel", 1) OVER (
                          PARTITION BY "t8"."key"
                          ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) AS "next_channel",
                        LAG("t8"."channel", 1) OVER (
                          PARTITION BY "t8"."key"
                          ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) AS "previous_channel",
                        CAST(DATE_DIFF(
                          'MICROSECOND',
                          "t8"."ts",
                          LEAD("t8"."ts", 1) OVER (
                            PARTITION BY "t8"."key"
                            ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                          )
                        ) AS DOUBLE) / 60000000.0 AS "minutes"
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
                          COALESCE(1.0, 1.0) AS "rows",
                          COALESCE(1.0, 0.0) AS "w1",
                          COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
                          "t2"."journey_id" AS "key",
                          1.0 AS "copies",
                          "t2"."ts" AS "clock"
                        FROM "interactions" AS "t2"
                        WHERE
                          "t2"."journey_id" IS NOT NULL AND "t2"."ts" IS NOT NULL
                      ) AS "t8"
                    ) AS "t12"
                  ) AS "t13"
                  GROUP BY
                    1
                ) AS "t18"
                LEFT OUTER JOIN (
                  SELECT
                    "t3"."channel",
                    "t3"."outcome",
                    "t3"."converted",
                    "t3"."value",
                    "t3"."journey_id" AS "journey"
                  FROM "journeys" AS "t3"
                ) AS "t7"
                  ON "t18"."key" = "t7"."journey"
              ) AS "t19"
            ) AS "t20"
          ) AS "t22"
        ) AS "t24"
        LEFT OUTER JOIN (
          SELECT
            "t0"."customer_id" AS "person",
            "t0"."segment" AS "group"
          FROM "customers" AS "t0"
        ) AS "t6"
          ON "t24"."customer_id" = "t6"."person"
      ) AS "t27"
    ) AS "t29"
    LEFT OUTER JOIN (
      SELECT
        "t21"."key" AS "journey",
        MAX(CASE WHEN "t21"."rank" = 0 THEN "t21"."x" ELSE NULL END) AS "peak",
        MAX(CASE WHEN "t21"."back" = 0 THEN "t21"."x" ELSE NULL END) AS "end",
        AVG("t21"."x") AS "mean",
        COUNT(*) AS "felt"
      FROM (
        SELECT
          "t17"."key",
          "t17"."step",
          "t17"."x",
          ROW_NUMBER() OVER (
            PARTITION BY "t17"."key"
            ORDER BY CAST(ROUND(ABS("t17"."x" - 0.5), 9) AS DOUBLE) DESC, "t17"."step" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "rank",
          ROW_NUMBER() OVER (
            PARTITION BY "t17"."key"
            ORDER BY "t17"."step" DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "back"
        FROM (
          SELECT
            "t15"."key",
            "t15"."step",
            "t11"."x"
          FROM (
            SELECT
              "t13"."key",
              "t13"."touchpoint_id",
              MAX("t13"."step") AS "step"
            FROM (
              SELECT
                "t12".*
                EXCLUDE ("clock")
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
                  "t8"."rows",
                  "t8"."w1",
                  "t8"."w",
                  "t8"."key",
                  "t8"."copies",
                  "t8"."clock",
                  (
                    ROW_NUMBER() OVER (
                      PARTITION BY "t8"."key"
                      ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1
                  ) + 1 AS "step",
                  COUNT(*) OVER (
                    PARTITION BY "t8"."key"
                    ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "steps",
                  LEAD("t8"."touchpoint_id", 1) OVER (
                    PARTITION BY "t8"."key"
                    ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_touchpoint",
                  LEAD("t8"."channel", 1) OVER (
                    PARTITION BY "t8"."key"
                    ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "next_channel",
                  LAG("t8"."channel", 1) OVER (
                    PARTITION BY "t8"."key"
                    ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS "previous_channel",
                  CAST(DATE_DIFF(
                    'MICROSECOND',
                    "t8"."ts",
                    LEAD("t8"."ts", 1) OVER (
                      PARTITION BY "t8"."key"
                      ORDER BY "t8"."clock" ASC, "t8"."interaction_id" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    )
                  ) AS DOUBLE) / 60000000.0 AS "minutes"
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
                    COALESCE(1.0, 1.0) AS "rows",
                    COALESCE(1.0, 0.0) AS "w1",
                    COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
                    "t2"."journey_id" AS "key",
                    1.0 AS "copies",
                    "t2"."ts" AS "clock"
                  FROM "interactions" AS "t2"
                  WHERE
                    "t2"."journey_id" IS NOT NULL AND "t2"."ts" IS NOT NULL
                ) AS "t8"
              ) AS "t12"
            ) AS "t13"
            GROUP BY
              1,
              2
          ) AS "t15"
          INNER JOIN (
            SELECT
              "t9"."journey_id" AS "journey",
              "t9"."touchpoint_id" AS "touchpoint",
              AVG("t9"."x") AS "x"
            FROM (
              SELECT
                "t1"."journey_id",
                "t1"."touchpoint_id",
                "t1"."ts",
                "t1"."metric",
                "t1"."score",
                "t1"."scale_lo",
                "t1"."scale_hi",
                "t1"."status",
                (
                  "t1"."score" - "t1"."scale_lo"
                ) / (
                  "t1"."scale_hi" - "t1"."scale_lo"
                ) AS "x"
              FROM "feedback" AS "t1"
              WHERE
                "t1"."touchpoint_id" IS NOT NULL
                AND "t1"."metric" = 'csat'
                AND "t1"."status" = 'answered'
                AND "t1"."score" IS NOT NULL
                AND "t1"."journey_id" IS NOT NULL
            ) AS "t9"
            GROUP BY
              1,
              2
          ) AS "t11"
            ON "t15"."key" = "t11"."journey" AND "t15"."touchpoint_id" = "t11"."touchpoint"
        ) AS "t17"
      ) AS "t21"
      GROUP BY
        1
    ) AS "t26"
      ON "t29"."key" = "t26"."journey"
  ) AS "t30"
) AS "t31"
