SELECT
  COUNT(*) AS "each",
  SUM("t2"."copies") AS "n",
  SUM("t2"."copies" * CAST("t2"."steps" AS DOUBLE PRECISION)) AS "total",
  SUM(
    "t2"."copies" * CAST("t2"."steps" AS DOUBLE PRECISION) * CAST("t2"."steps" AS DOUBLE PRECISION)
  ) AS "squares",
  SUM(
    CASE
      WHEN (
        "t2"."steps" > 1
      ) AND (
        "t2"."minutes" IS NOT NULL
      )
      THEN "t2"."copies"
      ELSE 0.0
    END
  ) AS "long"
FROM (
  SELECT
    "t1"."key",
    COUNT(*) AS "steps",
    CAST(1 AS DOUBLE PRECISION) AS "copies",
    CAST(CAST(EXTRACT(epoch FROM CAST(MAX("t1"."ts") AS TIMESTAMP) - CAST(MIN("t1"."ts") AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
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
      CAST(1 AS DOUBLE PRECISION) AS "copies"
    FROM "interactions" AS "t0"
    WHERE
      "t0"."journey_id" IS NOT NULL AND "t0"."ts" IS NOT NULL
  ) AS "t1"
  GROUP BY
    1
) AS "t2"
