WITH "t4" AS (
  SELECT
    "t3"."customer_id",
    "t3"."period",
    SUM("t3"."rows") AS "contacts",
    AVG("t3"."w1") AS "w"
  FROM (
    SELECT
      "t2"."journey_id",
      "t2"."customer_id",
      "t2"."ts",
      COALESCE(1.0, 1.0) AS "rows",
      COALESCE(1.0, 0.0) AS "w1",
      COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
      DATE_TRUNC('MONTH', "t2"."ts") AS "period"
    FROM (
      SELECT
        "t1"."journey_id",
        MIN("t1"."customer_id") AS "customer_id",
        MIN("t1"."ts") AS "ts"
      FROM (
        SELECT
          *
        FROM "interactions" AS "t0"
        WHERE
          "t0"."ts" IS NOT NULL AND "t0"."journey_id" IS NOT NULL
      ) AS "t1"
      GROUP BY
        1
    ) AS "t2"
    WHERE
      "t2"."customer_id" IS NOT NULL AND "t2"."ts" IS NOT NULL
  ) AS "t3"
  GROUP BY
    1,
    2
)
SELECT
  "t11"."cohort",
  "t11"."month",
  COUNT(*) AS "n",
  SUM("t11"."w") AS "w",
  SUM("t11"."w" * "t11"."w") AS "ww"
FROM (
  SELECT
    "t10"."customer_id",
    "t10"."period",
    "t10"."contacts",
    "t10"."cohort",
    "t10"."w",
    (
      (
        (
          EXTRACT(year FROM "t10"."period") - EXTRACT(year FROM "t10"."cohort")
        ) * 12
      ) + EXTRACT(month FROM "t10"."period")
    ) - EXTRACT(month FROM "t10"."cohort") AS "month"
  FROM (
    SELECT
      "t7"."customer_id",
      "t7"."period",
      "t7"."contacts",
      "t9"."cohort",
      "t9"."w"
    FROM (
      SELECT
        "t5"."customer_id",
        "t5"."period",
        "t5"."contacts"
      FROM "t4" AS "t5"
    ) AS "t7"
    INNER JOIN (
      SELECT
        "t5"."customer_id",
        MIN("t5"."period") AS "cohort",
        AVG("t5"."w") AS "w"
      FROM "t4" AS "t5"
      GROUP BY
        1
    ) AS "t9"
      ON "t7"."customer_id" = "t9"."customer_id"
  ) AS "t10"
) AS "t11"
GROUP BY
  1,
  2
