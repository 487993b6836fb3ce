SELECT
  "t39"."key",
  "t39"."steps",
  "t39"."copies",
  "t39"."path",
  "t39"."channel_path",
  "t39"."first_id",
  "t39"."last_id",
  "t39"."switches",
  "t39"."started",
  "t39"."ended",
  "t39"."minutes",
  "t39"."customer_id",
  "t39"."one_customer",
  "t39"."stage_set",
  "t39"."channel",
  "t39"."outcome",
  "t39"."converted",
  "t39"."value",
  "t39"."segment",
  "t39"."peak",
  "t39"."end",
  "t39"."mean",
  COALESCE("t39"."felt", 0) AS "felt"
FROM (
  SELECT
    "t38".*
    EXCLUDE ("journey")
  FROM (
    SELECT
      "t37"."key",
      "t37"."steps",
      "t37"."copies",
      "t37"."path",
      "t37"."channel_path",
      "t37"."first_id",
      "t37"."last_id",
      "t37"."switches",
      "t37"."started",
      "t37"."ended",
      "t37"."minutes",
      "t37"."customer_id",
      "t37"."one_customer",
      "t37"."stage_set",
      "t37"."channel",
      "t37"."outcome",
      "t37"."converted",
      "t37"."value",
      "t37"."segment",
      "t27"."journey",
      "t27"."peak",
      "t27"."end",
      "t27"."mean",
      "t27"."felt"
    FROM (
      SELECT
        "t35"."key",
        "t35"."steps",
        "t35"."copies",
        "t35"."path",
        "t35"."channel_path",
        "t35"."first_id",
        "t35"."last_id",
        "t35"."switches",
        "t35"."started",
        "t35"."ended",
        "t35"."minutes",
        "t35"."customer_id",
        "t35"."one_customer",
        "t35"."stage_set",
        "t35"."channel",
        "t35"."outcome",
        "t35"."converted",
        "t35"."value",
        "t35"."group" AS "segment"
      FROM (
        SELECT
          "t34"."key",
          "t34"."steps",
          "t34"."copies",
          "t34"."path",
          "t34"."channel_path",
          "t34"."first_id",
          "t34"."last_id",
          "t34"."switches",
          "t34"."started",
          "t34"."ended",
          "t34"."minutes",
          "t34"."customer_id",
          "t34"."one_customer",
          "t34"."stage_set",
          "t34"."channel",
          "t34"."outcome",
          "t34"."converted",
          "t34"."value",
          "t7"."person",
          "t7"."group"
        FROM (
          SELECT
            "t32".*
            EXCLUDE ("first_channel")
          FROM (
            SELECT
              "t31"."key",
              "t31"."steps",
              "t31"."copies",
              "t31"."path",
              "t31"."channel_path",
              "t31"."first_id",
              "t31"."last_id",
              "t31"."switches",
              "t31"."first_channel",
              "t31"."started",
              "t31"."ended",
              "t31"."minutes",
              "t31"."customer_id",
              "t31"."one_customer",
              "t31"."stage_set",
              COALESCE("t31"."channel", "t31"."first_channel") AS "channel",
              "t31"."outcome",
              "t31"."converted",
              "t31"."value"
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
                  "t29"."channel_path",
                  "t29"."first_id",
                  "t29"."last_id",
                  "t29"."switches",
                  "t29"."first_channel",
                  "t29"."started",
                  "t29"."ended",
                  "t29"."minutes",
                  "t29"."customer_id",
                  "t29"."one_customer",
                  "t29"."stage_set",
                  "t8"."channel",
                  "t8"."outcome",
                  "t8"."converted",
                  "t8"."value",
                  "t8"."journey"
                FROM (
                  SELECT
                    "t26".*
                    EXCLUDE ("stage_bits_0")
                  FROM (
                    SELECT
                      "t23"."key",
                      "t23"."steps",
                      "t23"."copies",
                      "t23"."path",
                      "t23"."channel_path",
                      "t23"."first_id",
                      "t23"."last_id",
                      "t23"."switches",
                      "t23"."first_channel",
                      "t23"."stage_bits_0",
                      "t23"."started",
                      "t23"."ended",
                      "t23"."minutes",
                      "t23"."customer_id",
                      "t23"."one_customer",
                      '|' || CASE
                        WHEN (
                          COALESCE("t23"."stage_bits_0", 0) & 1
                        ) <> 0
                        THEN 'stage_1|'
                        ELSE ''
                      END || CASE
                        WHEN (
                          COALESCE("t23"."stage_bits_0", 0) & 2
                        ) <> 0
                        THEN 'stage_2|'
                        ELSE ''
                      END || CASE
                        WHEN (
                          COALESCE("t23"."stage_bits_0", 0) & 4
                        ) <> 0
                        THEN 'stage_3|'
                        ELSE ''
                      END AS "stage_set"
                    FROM (
                      SELECT
                        "t19"."key",
                        MAX("t19"."steps") AS "steps",
                        CAST(1 AS DOUBLE) AS "copies",
                        NULLIF(
                          ARRAY_TO_STRING(
                            LIST_APPLY(
                              LIST_SORT(
                                ARRAY_AGG(
                                  {'place': "t19"."step", 'path': "t19"."touchpoint_id", 'channel_path': CASE
                                    WHEN NOT (
                                      COALESCE("t19"."channel" = "t19"."previous_channel", FALSE)
                                    )
                                    THEN "t19"."channel"
                                    ELSE NULL
                                  END}
                                )
                              ),
                              LAMBDA __ibis_param_row__ : (
                                __ibis_param_row__
                              )."path"
                            ),
                            ' > '
                          ),
                          ''
                        ) AS "path",
                        NULLIF(
                          ARRAY_TO_STRING(
                            LIST_APPLY(
                              LIST_SORT(
                                ARRAY_AGG(
                                  {'place': "t19"."step", 'path': "t19"."touchpoint_id", 'channel_path': CASE
                                    WHEN NOT (
                                      COALESCE("t19"."channel" = "t19"."previous_channel", FALSE)
                                    )
                                    THEN "t19"."channel"
                                    ELSE NULL
                                  END}
                                )
                              ),
                              LAMBDA __ibis_param_row__ : (
                                __ibis_param_row__
                              )."channel_path"
                            ),
                            ' > '
                          ),
                          ''
                        ) AS "channel_path",
                        MAX(CASE WHEN "t19"."step" = 1 THEN "t19"."touchpoint_id" ELSE NULL END) AS "first_id",
                        MAX(CASE WHEN "t19"."step" = "t19"."steps" THEN "t19"."touchpoint_id" ELSE NULL END) AS "last_id",
                        SUM(
                          CASE
                            WHEN COALESCE("t19"."channel" <> "t19"."previous_channel", FALSE)
                            THEN 1
                            ELSE 0
                          END
                        ) AS "switches",
                        MAX(CASE WHEN "t19"."step" = 1 THEN "t19"."channel" ELSE NULL END) AS "first_channel",
                        BIT_OR("t19"."stage_bits_0") AS "stage_bits_0",
                        MIN("t19"."ts") AS "started",
                        MAX("t19"."ts") AS "ended",
                        CAST(DATE_DIFF('MICROSECOND', MIN("t19"."ts"), MAX("t19"."ts")) AS DOUBLE) / 60000000.0 AS "minutes",
                        MIN("t19"."customer_id") AS "customer_id",
                        CASE
                          WHEN MIN("t19"."customer_id") = MAX("t19"."customer_id")
                          THEN COUNT("t19"."customer_id") = COUNT(*)
                          ELSE COUNT("t19"."customer_id") = 0
                        END AS "one_customer"
                      FROM (
                        SELECT
                          "t18".*
                          EXCLUDE ("placed_touchpoint")
                        FROM (
                          SELECT
                            "t17"."interaction_id",
                            "t17"."journey_id",
                            "t17"."customer_id",
                            "t17"."touchpoint_id",
                            "t17"."channel",
                            "t17"."ts",
                            "t17"."promised_ts",
                            "t17"."wait_minutes",
                            "t17"."success",
                            "t17"."step",
                            "t17"."steps",
                            "t17"."next_touchpoint",
                            "t17"."next_channel",
                            "t17"."previous_channel",
                            "t17"."minutes",
                            "t17"."rows",
                            "t17"."w1",
                            "t17"."w",
                            "t17"."key",
                            "t17"."copies",
                            "t12"."placed_touchpoint",
                            "t12"."stage_bits_0"
                          FROM (
                            SELECT
                              "t15"."interaction_id",
                              "t15"."journey_id",
                              "t15"."customer_id",
                              "t15"."touchpoint_id",
                              "t15"."channel",
                              "t15"."ts",
                              "t15"."promised_ts",
                              "t15"."wait_minutes",
                              "t15"."success",
                              "t15"."step",
                              "t15"."steps",
                              "t15"."next_touchpoint",
                              "t15"."next_channel",
                              "t15"."previous_channel",
                              "t15"."minutes",
                              COALESCE(1.0, 1.0) AS "rows",
                              COALESCE(1.0, 0.0) AS "w1",
                              COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
                              "t15"."journey_id" AS "key",
                              CAST(1 AS DOUBLE) AS "copies"
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
                                (
                                  ROW_NUMBER() OVER (
                                    PARTITION BY "t9"."journey_id"
                                    ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                  ) - 1
                                ) + 1 AS "step",
                                COUNT(*) OVER (
                                  PARTITION BY "t9"."journey_id"
                                  ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                ) AS "steps",
                                LEAD("t9"."touchpoint_id", 1) OVER (
                                  PARTITION BY "t9"."journey_id"
                                  ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                ) AS "next_touchpoint",
                                LEAD("t9"."channel", 1) OVER (
                                  PARTITION BY "t9"."journey_id"
                                  ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                ) AS "next_channel",
                                LAG("t9"."channel", 1) OVER (
                                  PARTITION BY "t9"."journey_id"
                                  ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                ) AS "previous_channel",
                                CAST(DATE_DIFF(
                                  'MICROSECOND',
                                  "t9"."ts",
                                  LEAD("t9"."ts", 1) OVER (
                                    PARTITION BY "t9"."journey_id"
                                    ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                                  )
                                ) AS DOUBLE) / 60000000.0 AS "minutes"
                              FROM (
                                SELECT
                                  *
                                FROM "interactions" AS "t4"
                                WHERE
                                  "t4"."journey_id" IS NOT NULL AND "t4"."ts" IS NOT NULL
                              ) AS "t9"
                            ) AS "t15"
                          ) AS "t17"
                          LEFT OUTER JOIN (
                            SELECT
                              "t3"."touchpoint_id" AS "placed_touchpoint",
                              CASE
                                WHEN "t3"."stage_id" = 'stage_1'
                                THEN 1
                                WHEN "t3"."stage_id" = 'stage_2'
                                THEN 2
                                WHEN "t3"."stage_id" = 'stage_3'
                                THEN 4
                                ELSE 0
                              END AS "stage_bits_0"
                            FROM "touchpoints" AS "t3"
                          ) AS "t12"
                            ON "t17"."touchpoint_id" = "t12"."placed_touchpoint"
                        ) AS "t18"
                      ) AS "t19"
                      GROUP BY
                        1
                    ) AS "t23"
                  ) AS "t26"
                ) AS "t29"
                LEFT OUTER JOIN (
                  SELECT
                    "t2"."channel",
                    "t2"."outcome",
                    "t2"."converted",
                    "t2"."value",
                    "t2"."journey_id" AS "journey"
                  FROM "journeys" AS "t2"
                ) AS "t8"
                  ON "t29"."key" = "t8"."journey"
              ) AS "t30"
            ) AS "t31"
          ) AS "t32"
        ) AS "t34"
        LEFT OUTER JOIN (
          SELECT
            "t0"."customer_id" AS "person",
            "t0"."segment" AS "group"
          FROM "customers" AS "t0"
        ) AS "t7"
          ON "t34"."customer_id" = "t7"."person"
      ) AS "t35"
    ) AS "t37"
    LEFT OUTER JOIN (
      SELECT
        "t24"."key" AS "journey",
        MAX(CASE WHEN "t24"."rank" = 0 THEN "t24"."x" ELSE NULL END) AS "peak",
        MAX(CASE WHEN "t24"."back" = 0 THEN "t24"."x" ELSE NULL END) AS "end",
        AVG("t24"."x") AS "mean",
        COUNT(*) AS "felt"
      FROM (
        SELECT
          "t22"."key",
          "t22"."step",
          "t22"."x",
          ROW_NUMBER() OVER (
            PARTITION BY "t22"."key"
            ORDER BY CAST(ROUND(ABS("t22"."x" - 0.5), 9) AS DOUBLE) DESC, "t22"."step" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "rank",
          ROW_NUMBER() OVER (
            PARTITION BY "t22"."key"
            ORDER BY "t22"."step" DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) - 1 AS "back"
        FROM (
          SELECT
            "t21"."key",
            "t21"."step",
            "t14"."x"
          FROM (
            SELECT
              "t19"."key",
              "t19"."touchpoint_id",
              MAX("t19"."step") AS "step"
            FROM (
              SELECT
                "t18".*
                EXCLUDE ("placed_touchpoint")
              FROM (
                SELECT
                  "t17"."interaction_id",
                  "t17"."journey_id",
                  "t17"."customer_id",
                  "t17"."touchpoint_id",
                  "t17"."channel",
                  "t17"."ts",
                  "t17"."promised_ts",
                  "t17"."wait_minutes",
                  "t17"."success",
                  "t17"."step",
                  "t17"."steps",
                  "t17"."next_touchpoint",
                  "t17"."next_channel",
                  "t17"."previous_channel",
                  "t17"."minutes",
                  "t17"."rows",
                  "t17"."w1",
                  "t17"."w",
                  "t17"."key",
                  "t17"."copies",
                  "t12"."placed_touchpoint",
                  "t12"."stage_bits_0"
                FROM (
                  SELECT
                    "t15"."interaction_id",
                    "t15"."journey_id",
                    "t15"."customer_id",
                    "t15"."touchpoint_id",
                    "t15"."channel",
                    "t15"."ts",
                    "t15"."promised_ts",
                    "t15"."wait_minutes",
                    "t15"."success",
                    "t15"."step",
                    "t15"."steps",
                    "t15"."next_touchpoint",
                    "t15"."next_channel",
                    "t15"."previous_channel",
                    "t15"."minutes",
                    COALESCE(1.0, 1.0) AS "rows",
                    COALESCE(1.0, 0.0) AS "w1",
                    COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
                    "t15"."journey_id" AS "key",
                    CAST(1 AS DOUBLE) AS "copies"
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
                      (
                        ROW_NUMBER() OVER (
                          PARTITION BY "t9"."journey_id"
                          ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        ) - 1
                      ) + 1 AS "step",
                      COUNT(*) OVER (
                        PARTITION BY "t9"."journey_id"
                        ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "steps",
                      LEAD("t9"."touchpoint_id", 1) OVER (
                        PARTITION BY "t9"."journey_id"
                        ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "next_touchpoint",
                      LEAD("t9"."channel", 1) OVER (
                        PARTITION BY "t9"."journey_id"
                        ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "next_channel",
                      LAG("t9"."channel", 1) OVER (
                        PARTITION BY "t9"."journey_id"
                        ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                      ) AS "previous_channel",
                      CAST(DATE_DIFF(
                        'MICROSECOND',
                        "t9"."ts",
                        LEAD("t9"."ts", 1) OVER (
                          PARTITION BY "t9"."journey_id"
                          ORDER BY "t9"."ts" ASC, "t9"."interaction_id" ASC
                          ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                        )
                      ) AS DOUBLE) / 60000000.0 AS "minutes"
                    FROM (
                      SELECT
                        *
                      FROM "interactions" AS "t4"
                      WHERE
                        "t4"."journey_id" IS NOT NULL AND "t4"."ts" IS NOT NULL
                    ) AS "t9"
                  ) AS "t15"
                ) AS "t17"
                LEFT OUTER JOIN (
                  SELECT
                    "t3"."touchpoint_id" AS "placed_touchpoint",
                    CASE
                      WHEN "t3"."stage_id" = 'stage_1'
                      THEN 1
                      WHEN "t3"."stage_id" = 'stage_2'
                      THEN 2
                      WHEN "t3"."stage_id" = 'stage_3'
                      THEN 4
                      ELSE 0
                    END AS "stage_bits_0"
                  FROM "touchpoints" AS "t3"
                ) AS "t12"
                  ON "t17"."touchpoint_id" = "t12"."placed_touchpoint"
              ) AS "t18"
            ) AS "t19"
            GROUP BY
              1,
              2
          ) AS "t21"
          INNER JOIN (
            SELECT
              "t10"."journey_id" AS "journey",
              "t10"."touchpoint_id" AS "touchpoint",
              AVG("t10"."x") AS "x"
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
            ) AS "t10"
            GROUP BY
              1,
              2
          ) AS "t14"
            ON "t21"."key" = "t14"."journey" AND "t21"."touchpoint_id" = "t14"."touchpoint"
        ) AS "t22"
      ) AS "t24"
      GROUP BY
        1
    ) AS "t27"
      ON "t37"."key" = "t27"."journey"
  ) AS "t38"
) AS "t39"
