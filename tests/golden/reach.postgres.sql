SELECT
  "t2"."touchpoint_id",
  SUM("t2"."rows") AS "volume",
  SUM("t2"."copies") AS "journeys"
FROM (
  SELECT
    "t1"."touchpoint_id",
    "t1"."key",
    SUM("t1"."rows") AS "rows",
    CAST(1 AS DOUBLE PRECISION) AS "copies"
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
      "t0"."journey_id" IS NOT NULL
  ) AS "t1"
  GROUP BY
    1,
    2
) AS "t2"
GROUP BY
  1
