SELECT
  "t2"."touchpoint_id",
  "t2"."n",
  (
    "t2"."quantiles"
  )[CASE WHEN 0 < 0 THEN CARDINALITY("t2"."quantiles") + (
    0 + 1
  ) ELSE 0 + 1 END] AS "delay_p50",
  (
    "t2"."quantiles"
  )[CASE WHEN 1 < 0 THEN CARDINALITY("t2"."quantiles") + (
    1 + 1
  ) ELSE 1 + 1 END] AS "delay_p90",
  "t2"."w",
  "t2"."ww",
  "t2"."late"
FROM (
  SELECT
    "t1"."touchpoint_id",
    COUNT(*) AS "n",
    PERCENTILE_CONT(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY
      "t1"."delay") AS "quantiles",
    SUM("t1"."w") AS "w",
    SUM("t1"."w" * "t1"."w1") AS "ww",
    SUM(CASE WHEN "t1"."delay" > 0 THEN "t1"."w" ELSE 0.0 END) AS "late"
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
      CAST(CAST(EXTRACT(epoch FROM CAST("t0"."ts" AS TIMESTAMP) - CAST("t0"."promised_ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "delay",
      COALESCE(1.0, 1.0) AS "rows",
      COALESCE(1.0, 0.0) AS "w1",
      COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w"
    FROM "interactions" AS "t0"
    WHERE
      "t0"."ts" IS NOT NULL AND "t0"."promised_ts" IS NOT NULL
  ) AS "t1"
  GROUP BY
    1
) AS "t2"
