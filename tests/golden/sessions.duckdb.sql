SELECT
  "t3"."interaction_id",
  "t3"."journey_id",
  "t3"."customer_id",
  "t3"."touchpoint_id",
  "t3"."channel",
  "t3"."ts",
  "t3"."promised_ts",
  "t3"."wait_minutes",
  "t3"."success"
FROM (
  SELECT
    "t2"."interaction_id",
    CASE
      WHEN "t2"."ts" IS NOT NULL
      THEN "t2"."owner" || '#' || CAST(SUM("t2"."split") OVER (
        PARTITION BY "t2"."owner"
        ORDER BY "t2"."ts" ASC, "t2"."interaction_id" ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) + 1 AS TEXT)
      ELSE NULL
    END AS "journey_id",
    "t2"."customer_id",
    "t2"."touchpoint_id",
    "t2"."channel",
    "t2"."ts",
    "t2"."promised_ts",
    "t2"."wait_minutes",
    "t2"."success",
    "t2"."owner",
    "t2"."split"
  FROM (
    SELECT
      "t1"."interaction_id",
      "t1"."journey_id",
      "t1"."customer_id",
      "t1"."touchpoint_id",
      "t1"."channel",
      "t1"."ts",
      "t1"."promised_ts",
      "t1"."wait_minutes",
      "t1"."success",
      "t1"."owner",
      CASE
        WHEN (
          CAST(DATE_DIFF(
            'MICROSECOND',
            LAG("t1"."ts", 1) OVER (
              PARTITION BY "t1"."owner"
              ORDER BY "t1"."ts" ASC, "t1"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            "t1"."ts"
          ) AS DOUBLE) / 60000000.0
        ) > 30
        THEN 1
        ELSE 0
      END AS "split"
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
        "t0"."journey_id" AS "owner"
      FROM "interactions" AS "t0"
    ) AS "t1"
  ) AS "t2"
) AS "t3"
