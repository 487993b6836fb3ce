WITH "t12" AS (
  SELECT
    "t11"."key",
    "t11"."steps",
    "t11"."copies",
    "t11"."path",
    "t11"."first_id",
    "t11"."last_id",
    "t11"."started",
    "t11"."ended",
    "t11"."minutes",
    "t11"."customer_id",
    "t11"."one_customer",
    "t11"."channel",
    "t11"."outcome",
    "t11"."converted",
    "t11"."value",
    "t11"."copies" * CAST("t11"."steps" AS DOUBLE) AS "walked",
    CASE WHEN "t11"."converted" IS NOT NULL THEN "t11"."copies" ELSE 0.0 END AS "told",
    CASE WHEN COALESCE("t11"."converted", FALSE) THEN "t11"."copies" ELSE 0.0 END AS "won"
  FROM (
    SELECT
      "t10".*
      EXCLUDE ("journey")
    FROM (
      SELECT
        "t9"."key",
        "t9"."steps",
        "t9"."copies",
        "t9"."path",
        "t9"."first_id",
        "t9"."last_id",
        "t9"."started",
        "t9"."ended",
        "t9"."minutes",
        "t9"."customer_id",
        "t9"."one_customer",
        "t4"."channel",
        "t4"."outcome",
        "t4"."converted",
        "t4"."value",
        "t4"."journey"
      FROM (
        SELECT
          "t7"."key",
          MAX("t7"."steps") AS "steps",
          CAST(1 AS DOUBLE) AS "copies",
          LISTAGG("t7"."touchpoint_id", ' > ' ORDER BY "t7"."step" ASC) AS "path",
          MAX(CASE WHEN "t7"."step" = 1 THEN "t7"."touchpoint_id" ELSE NULL END) AS "first_id",
          MAX(CASE WHEN "t7"."step" = "t7"."steps" THEN "t7"."touchpoint_id" ELSE NULL END) AS "last_id",
          MIN("t7"."ts") AS "started",
          MAX("t7"."ts") AS "ended",
          CAST(DATE_DIFF('MICROSECOND', MIN("t7"."ts"), MAX("t7"."ts")) AS DOUBLE) / 60000000.0 AS "minutes",
          MIN("t7"."customer_id") AS "customer_id",
          CASE
            WHEN MIN("t7"."customer_id") = MAX("t7"."customer_id")
            THEN COUNT("t7"."customer_id") = COUNT(*)
            ELSE COUNT("t7"."customer_id") = 0
          END AS "one_customer"
        FROM (
          SELECT
            "t6"."interaction_id",
            "t6"."journey_id",
            "t6"."customer_id",
            "t6"."touchpoint_id",
            "t6"."ts",
            "t6"."promised_ts",
            "t6"."wait_minutes",
            "t6"."success",
            "t6"."step",
            "t6"."steps",
            "t6"."next_touchpoint",
            "t6"."minutes",
            COALESCE(1.0, 1.0) AS "rows",
            COALESCE(1.0, 0.0) AS "w1",
            COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
            "t6"."journey_id" AS "key",
            CAST(1 AS DOUBLE) AS "copies"
          FROM (
            SELECT
              "t5"."interaction_id",
              "t5"."journey_id",
              "t5"."customer_id",
              "t5"."touchpoint_id",
              "t5"."ts",
              "t5"."promised_ts",
              "t5"."wait_minutes",
              "t5"."success",
              (
                ROW_NUMBER() OVER (
                  PARTITION BY "t5"."journey_id"
                  ORDER BY "t5"."ts" ASC, "t5"."interaction_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                ) - 1
              ) + 1 AS "step",
              COUNT(*) OVER (
                PARTITION BY "t5"."journey_id"
                ORDER BY "t5"."ts" ASC, "t5"."interaction_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) AS "steps",
              LEAD("t5"."touchpoint_id", 1) OVER (
                PARTITION BY "t5"."journey_id"
                ORDER BY "t5"."ts" ASC, "t5"."interaction_id" ASC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
              ) AS "next_touchpoint",
              CAST(DATE_DIFF(
                'MICROSECOND',
                "t5"."ts",
                LEAD("t5"."ts", 1) OVER (
                  PARTITION BY "t5"."journey_id"
                  ORDER BY "t5"."ts" ASC, "t5"."interaction_id" ASC
                  ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                )
              ) AS DOUBLE) / 60000000.0 AS "minutes"
            FROM (
              SELECT
                *
              FROM (
                SELECT
                  "t1".*
                  EXCLUDE ("channel")
                FROM "interactions" AS "t1"
              ) AS "t2"
              WHERE
                "t2"."journey_id" IS NOT NULL AND "t2"."ts" IS NOT NULL
            ) AS "t5"
          ) AS "t6"
        ) AS "t7"
        GROUP BY
          1
      ) AS "t9"
      LEFT OUTER JOIN (
        SELECT
          "t0"."channel",
          "t0"."outcome",
          "t0"."converted",
          "t0"."value",
          "t0"."journey_id" AS "journey"
        FROM "journeys" AS "t0"
      ) AS "t4"
        ON "t9"."key" = "t4"."journey"
    ) AS "t10"
  ) AS "t11"
), "t15" AS (
  SELECT
    "t13"."path",
    SUM("t13"."copies") AS "copies"
  FROM "t12" AS "t13"
  GROUP BY
    1
)
SELECT
  "t31"."path",
  "t31"."place",
  "t31"."minutes_p50",
  "t31"."copies" AS "n",
  "t31"."walked",
  "t31"."told" AS "told_n",
  "t31"."won",
  "t31"."paths"
FROM (
  SELECT
    "t30".*
    EXCLUDE ("every")
  FROM (
    SELECT
      "t29"."path",
      "t29"."place",
      "t29"."minutes_p50",
      "t29"."copies",
      "t29"."walked",
      "t29"."told",
      "t29"."won",
      "t29"."every",
      CASE WHEN "t29"."place" < 10 THEN 1 ELSE "t29"."every" - 10 END AS "paths"
    FROM (
      SELECT
        "t28"."path",
        "t28"."place",
        "t28"."minutes_p50",
        "t28"."copies",
        "t28"."walked",
        "t28"."told",
        "t28"."won",
        "t18"."every"
      FROM (
        SELECT
          "t26".*
          EXCLUDE ("n")
        FROM (
          SELECT
            "t25"."path",
            "t25"."place",
            COUNT(*) AS "n",
            QUANTILE_CONT("t25"."minutes", 0.5) AS "minutes_p50",
            SUM("t25"."copies") AS "copies",
            SUM("t25"."walked") AS "walked",
            SUM("t25"."told") AS "told",
            SUM("t25"."won") AS "won"
          FROM (
            SELECT
              "t24"."key",
              "t24"."steps",
              "t24"."copies",
              COALESCE("t24"."known", '(rest)') AS "path",
              "t24"."first_id",
              "t24"."last_id",
              "t24"."started",
              "t24"."ended",
              "t24"."minutes",
              "t24"."customer_id",
              "t24"."one_customer",
              "t24"."channel",
              "t24"."outcome",
              "t24"."converted",
              "t24"."value",
              "t24"."walked",
              "t24"."told",
              "t24"."won",
              COALESCE("t24"."place", 10) AS "place",
              "t24"."known"
            FROM (
              SELECT
                "t14"."key",
                "t14"."steps",
                "t14"."copies",
                "t14"."path",
                "t14"."first_id",
                "t14"."last_id",
                "t14"."started",
                "t14"."ended",
                "t14"."minutes",
                "t14"."customer_id",
                "t14"."one_customer",
                "t14"."channel",
                "t14"."outcome",
                "t14"."converted",
                "t14"."value",
                "t14"."walked",
                "t14"."told",
                "t14"."won",
                "t23"."place",
                "t23"."known"
              FROM "t12" AS "t14"
              LEFT OUTER JOIN (
                SELECT
                  "t21"."place",
                  "t21"."path" AS "known"
                FROM (
                  SELECT
                    "t20"."path",
                    "t20"."copies",
                    ROW_NUMBER() OVER (
                      ORDER BY "t20"."copies" DESC, "t20"."path" ASC
                      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                    ) - 1 AS "place"
                  FROM (
                    SELECT
                      *
                    FROM "t15" AS "t16"
                    ORDER BY
                      "t16"."copies" DESC,
                      "t16"."path" ASC
                    LIMIT 10
                  ) AS "t20"
                ) AS "t21"
              ) AS "t23"
                ON "t14"."path" = "t23"."known"
            ) AS "t24"
          ) AS "t25"
          GROUP BY
            1,
            2
        ) AS "t26"
      ) AS "t28"
      CROSS JOIN (
        SELECT
          COUNT(*) AS "every"
        FROM "t15" AS "t16"
      ) AS "t18"
    ) AS "t29"
  ) AS "t30"
) AS "t31"
