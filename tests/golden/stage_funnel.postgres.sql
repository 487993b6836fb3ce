SELECT
  "t9"."place",
  SUM("t9"."n") AS "n",
  SUM("t9"."touched_0") AS "touched_0",
  SUM("t9"."touched_1") AS "touched_1",
  SUM("t9"."touched_2") AS "touched_2"
FROM (
  SELECT
    "t8"."key",
    COALESCE(MAX("t8"."place"), -1) AS "place",
    MAX("t8"."copies") AS "n",
    MAX(CASE WHEN "t8"."place" = 0 THEN "t8"."copies" ELSE 0.0 END) AS "touched_0",
    MAX(CASE WHEN "t8"."place" = 1 THEN "t8"."copies" ELSE 0.0 END) AS "touched_1",
    MAX(CASE WHEN "t8"."place" = 2 THEN "t8"."copies" ELSE 0.0 END) AS "touched_2"
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
      "t7"."rows",
      "t7"."w1",
      "t7"."w",
      "t7"."key",
      "t7"."copies",
      "t7"."step",
      "t7"."steps",
      "t7"."next_touchpoint",
      "t7"."next_channel",
      "t7"."previous_channel",
      "t7"."minutes",
      "t4"."place",
      "t4"."touchpoint"
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
        "t5"."rows",
        "t5"."w1",
        "t5"."w",
        "t5"."key",
        "t5"."copies",
        "t5"."step",
        "t5"."steps",
        "t5"."next_touchpoint",
        "t5"."next_channel",
        "t5"."previous_channel",
        "t5"."minutes"
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
          "t2"."rows",
          "t2"."w1",
          "t2"."w",
          "t2"."key",
          "t2"."copies",
          "t2"."clock",
          (
            ROW_NUMBER() OVER (
              PARTITION BY "t2"."key"
              ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
              ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - 1
          ) + 1 AS "step",
          COUNT(*) OVER (
            PARTITION BY "t2"."key"
            ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "steps",
          LEAD("t2"."touchpoint_id", 1) OVER (
            PARTITION BY "t2"."key"
            ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "next_touchpoint",
          LEAD("t2"."channel", 1) OVER (
            PARTITION BY "t2"."key"
            ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "next_channel",
          LAG("t2"."channel", 1) OVER (
            PARTITION BY "t2"."key"
            ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS "previous_channel",
          CAST(CAST(EXTRACT(epoch FROM CAST(LEAD("t2"."ts", 1) OVER (
            PARTITION BY "t2"."key"
            ORDER BY "t2"."clock" ASC, "t2"."interaction_id" ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS TIMESTAMP) - CAST("t2"."ts" AS TIMESTAMP)) * 1000000 AS BIGINT) AS DOUBLE PRECISION) / 60000000.0 AS "minutes"
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
            COALESCE(1.0, 1.0) AS "rows",
            COALESCE(1.0, 0.0) AS "w1",
            COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS "w",
            "t1"."journey_id" AS "key",
            1.0 AS "copies",
            "t1"."ts" AS "clock"
          FROM "interactions" AS "t1"
          WHERE
            "t1"."journey_id" IS NOT NULL AND "t1"."ts" IS NOT NULL
        ) AS "t2"
      ) AS "t5"
    ) AS "t7"
    LEFT OUTER JOIN (
      SELECT
        CASE
          WHEN "t0"."stage_id" = 'stage_1'
          THEN 0
          WHEN "t0"."stage_id" = 'stage_2'
          THEN 1
          WHEN "t0"."stage_id" = 'stage_3'
          THEN 2
          ELSE -1
        END AS "place",
        "t0"."touchpoint_id" AS "touchpoint"
      FROM "touchpoints" AS "t0"
    ) AS "t4"
      ON "t7"."touchpoint_id" = "t4"."touchpoint"
  ) AS "t8"
  GROUP BY
    1
) AS "t9"
GROUP BY
  1
