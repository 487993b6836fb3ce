WITH `t13` AS (
  SELECT
    `t12`.`key`,
    `t12`.`steps`,
    `t12`.`copies`,
    `t12`.`path`,
    `t12`.`first_id`,
    `t12`.`last_id`,
    `t12`.`channel_path`,
    `t12`.`switches`,
    `t12`.`started`,
    `t12`.`ended`,
    `t12`.`minutes`,
    `t12`.`customer_id`,
    `t12`.`one_customer`,
    `t12`.`channel`,
    `t12`.`outcome`,
    `t12`.`converted`,
    `t12`.`value`,
    `t12`.`copies` * CAST(`t12`.`steps` AS DOUBLE) AS `walked`,
    IF(`t12`.`converted` IS NOT NULL, `t12`.`copies`, 0.0) AS `told`,
    CASE WHEN COALESCE(`t12`.`converted`, FALSE) THEN `t12`.`copies` ELSE 0.0 END AS `won`
  FROM (
    SELECT
      `t11`.`key`,
      `t11`.`steps`,
      `t11`.`copies`,
      `t11`.`path`,
      `t11`.`first_id`,
      `t11`.`last_id`,
      `t11`.`channel_path`,
      `t11`.`switches`,
      `t11`.`started`,
      `t11`.`ended`,
      `t11`.`minutes`,
      `t11`.`customer_id`,
      `t11`.`one_customer`,
      `t11`.`channel`,
      `t11`.`outcome`,
      `t11`.`converted`,
      `t11`.`value`
    FROM (
      SELECT
        `t10`.`key`,
        `t10`.`steps`,
        `t10`.`copies`,
        `t10`.`path`,
        `t10`.`first_id`,
        `t10`.`last_id`,
        `t10`.`channel_path`,
        `t10`.`switches`,
        `t10`.`first_channel`,
        `t10`.`started`,
        `t10`.`ended`,
        `t10`.`minutes`,
        `t10`.`customer_id`,
        `t10`.`one_customer`,
        COALESCE(`t10`.`channel`, `t10`.`first_channel`) AS `channel`,
        `t10`.`outcome`,
        `t10`.`converted`,
        `t10`.`value`
      FROM (
        SELECT
          `t9`.`key`,
          `t9`.`steps`,
          `t9`.`copies`,
          `t9`.`path`,
          `t9`.`first_id`,
          `t9`.`last_id`,
          `t9`.`channel_path`,
          `t9`.`switches`,
          `t9`.`first_channel`,
          `t9`.`started`,
          `t9`.`ended`,
          `t9`.`minutes`,
          `t9`.`customer_id`,
          `t9`.`one_customer`,
          `t9`.`channel`,
          `t9`.`outcome`,
          `t9`.`converted`,
          `t9`.`value`
        FROM (
          SELECT
            `t8`.`key`,
            `t8`.`steps`,
            `t8`.`copies`,
            `t8`.`path`,
            `t8`.`first_id`,
            `t8`.`last_id`,
            `t8`.`channel_path`,
            `t8`.`switches`,
            `t8`.`first_channel`,
            `t8`.`started`,
            `t8`.`ended`,
            `t8`.`minutes`,
            `t8`.`customer_id`,
            `t8`.`one_customer`,
            `t3`.`channel`,
            `t3`.`outcome`,
            `t3`.`converted`,
            `t3`.`value`,
            `t3`.`journey`
          FROM (
            SELECT
              `t6`.`key`,
              MAX(`t6`.`steps`) AS `steps`,
              MAX(`t6`.`copies`) AS `copies`,
              NULLIF(
                IF(
                  SIZE(
                    TRANSFORM(
                      ARRAY_SORT(
                        COLLECT_LIST(
                          IF(
                            `t6`.`touchpoint_id` IS NOT NULL,
                            STRUCT(`t6`.`step` AS `place`, `t6`.`touchpoint_id` AS `text`),
                            NULL
                          )
                        )
                      ),
                      __ibis_param_pair__ -> __ibis_param_pair__.`text`
                    )
                  ) > 0,
                  CONCAT_WS(
                    ' > ',
                    TRANSFORM(
                      ARRAY_SORT(
                        COLLECT_LIST(
                          IF(
                            `t6`.`touchpoint_id` IS NOT NULL,
                            STRUCT(`t6`.`step` AS `place`, `t6`.`touchpoint_id` AS `text`),
                            NULL
                          )
                        )
                      ),
                      __ibis_param_pair__ -> __ibis_param_pair__.`text`
                    )
                  ),
                  NULL
                ),
                ''
              ) AS `path`,
              MAX(CASE WHEN `t6`.`step` = 1 THEN `t6`.`touchpoint_id` ELSE NULL END) AS `first_id`,
              MAX(CASE WHEN `t6`.`step` = `t6`.`steps` THEN `t6`.`touchpoint_id` ELSE NULL END) AS `last_id`,
              NULLIF(
                IF(
                  SIZE(
                    TRANSFORM(
                      ARRAY_SORT(
                        COLLECT_LIST(
                          IF(
                            CASE
                              WHEN NOT (
                                COALESCE(`t6`.`channel` = `t6`.`previous_channel`, FALSE)
                              )
                              THEN `t6`.`channel`
                              ELSE NULL
                            END IS NOT NULL,
                            STRUCT(
                              `t6`.`step` AS `place`,
                              CASE
                                WHEN NOT (
                                  COALESCE(`t6`.`channel` = `t6`.`previous_channel`, FALSE)
                                )
                                THEN `t6`.`channel`
                                ELSE NULL
                              END AS `text`
                            ),
                            NULL
                          )
                        )
                      ),
                      __ibis_param_pair__ -> __ibis_param_pair__.`text`
                    )
                  ) > 0,
                  CONCAT_WS(
                    ' > ',
                    TRANSFORM(
                      ARRAY_SORT(
                        COLLECT_LIST(
                          IF(
                            CASE
                              WHEN NOT (
                                COALESCE(`t6`.`channel` = `t6`.`previous_channel`, FALSE)
                              )
                              THEN `t6`.`channel`
                              ELSE NULL
                            END IS NOT NULL,
                            STRUCT(
                              `t6`.`step` AS `place`,
                              CASE
                                WHEN NOT (
                                  COALESCE(`t6`.`channel` = `t6`.`previous_channel`, FALSE)
                                )
                                THEN `t6`.`channel`
                                ELSE NULL
                              END AS `text`
                            ),
                            NULL
                          )
                        )
                      ),
                      __ibis_param_pair__ -> __ibis_param_pair__.`text`
                    )
                  ),
                  NULL
                ),
                ''
              ) AS `channel_path`,
              SUM(
                CASE
                  WHEN COALESCE(`t6`.`channel` <> `t6`.`previous_channel`, FALSE)
                  THEN 1
                  ELSE 0
                END
              ) AS `switches`,
              MAX(CASE WHEN `t6`.`step` = 1 THEN `t6`.`channel` ELSE NULL END) AS `first_channel`,
              MIN(`t6`.`ts`) AS `started`,
              MAX(`t6`.`ts`) AS `ended`,
              CAST(DATEDIFF(MICROSECOND, MIN(`t6`.`ts`), MAX(`t6`.`ts`)) AS DOUBLE) / 60000000.0 AS `minutes`,
              MIN(`t6`.`customer_id`) AS `customer_id`,
              CASE
                WHEN MIN(`t6`.`customer_id`) = MAX(`t6`.`customer_id`)
                THEN COUNT(`t6`.`customer_id`) = COUNT(*)
                ELSE COUNT(`t6`.`customer_id`) = 0
              END AS `one_customer`
            FROM (
              SELECT
                `t5`.`interaction_id`,
                `t5`.`journey_id`,
                `t5`.`customer_id`,
                `t5`.`touchpoint_id`,
                `t5`.`channel`,
                `t5`.`ts`,
                `t5`.`promised_ts`,
                `t5`.`wait_minutes`,
                `t5`.`success`,
                `t5`.`rows`,
                `t5`.`w1`,
                `t5`.`w`,
                `t5`.`key`,
                `t5`.`copies`,
                `t5`.`step`,
                `t5`.`steps`,
                `t5`.`next_touchpoint`,
                `t5`.`next_channel`,
                `t5`.`previous_channel`,
                `t5`.`minutes`
              FROM (
                SELECT
                  `t4`.`interaction_id`,
                  `t4`.`journey_id`,
                  `t4`.`customer_id`,
                  `t4`.`touchpoint_id`,
                  `t4`.`channel`,
                  `t4`.`ts`,
                  `t4`.`promised_ts`,
                  `t4`.`wait_minutes`,
                  `t4`.`success`,
                  `t4`.`rows`,
                  `t4`.`w1`,
                  `t4`.`w`,
                  `t4`.`key`,
                  `t4`.`copies`,
                  `t4`.`clock`,
                  (
                    ROW_NUMBER() OVER (
                      PARTITION BY `t4`.`key`
                      ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                    ) - 1
                  ) + 1 AS `step`,
                  COUNT(*) OVER (
                    PARTITION BY `t4`.`key`
                    ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
                  ) AS `steps`,
                  LEAD(`t4`.`touchpoint_id`, 1) OVER (
                    PARTITION BY `t4`.`key`
                    ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                  ) AS `next_touchpoint`,
                  LEAD(`t4`.`channel`, 1) OVER (
                    PARTITION BY `t4`.`key`
                    ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                  ) AS `next_channel`,
                  LAG(`t4`.`channel`, 1) OVER (
                    PARTITION BY `t4`.`key`
                    ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                  ) AS `previous_channel`,
                  CAST(DATEDIFF(
                    MICROSECOND,
                    `t4`.`ts`,
                    LEAD(`t4`.`ts`, 1) OVER (
                      PARTITION BY `t4`.`key`
                      ORDER BY `t4`.`clock` ASC NULLS LAST, `t4`.`interaction_id` ASC NULLS LAST
                    )
                  ) AS DOUBLE) / 60000000.0 AS `minutes`
                FROM (
                  SELECT
                    `t1`.`interaction_id`,
                    `t1`.`journey_id`,
                    `t1`.`customer_id`,
                    `t1`.`touchpoint_id`,
                    `t1`.`channel`,
                    `t1`.`ts`,
                    `t1`.`promised_ts`,
                    `t1`.`wait_minutes`,
                    `t1`.`success`,
                    COALESCE(1.0, 1.0) AS `rows`,
                    COALESCE(1.0, 0.0) AS `w1`,
                    COALESCE(1.0, 1.0) * COALESCE(1.0, 0.0) AS `w`,
                    `t1`.`journey_id` AS `key`,
                    1.0 AS `copies`,
                    `t1`.`ts` AS `clock`
                  FROM `interactions` AS `t1`
                  WHERE
                    `t1`.`journey_id` IS NOT NULL AND `t1`.`ts` IS NOT NULL
                ) AS `t4`
              ) AS `t5`
            ) AS `t6`
            GROUP BY
              1
          ) AS `t8`
          LEFT OUTER JOIN (
            SELECT
              `t0`.`channel`,
              `t0`.`outcome`,
              `t0`.`converted`,
              `t0`.`value`,
              `t0`.`journey_id` AS `journey`
            FROM `journeys` AS `t0`
          ) AS `t3`
            ON `t8`.`key` = `t3`.`journey`
        ) AS `t9`
      ) AS `t10`
    ) AS `t11`
  ) AS `t12`
), `t17` AS (
  SELECT
    `t16`.`path`,
    `t16`.`copies`,
    `t16`.`walked`,
    `t16`.`told`,
    `t16`.`won`,
    ROW_NUMBER() OVER (ORDER BY `t16`.`copies` DESC, `t16`.`path` ASC NULLS LAST) - 1 AS `rank`
  FROM (
    SELECT
      `t14`.`path`,
      SUM(`t14`.`copies`) AS `copies`,
      SUM(`t14`.`walked`) AS `walked`,
      SUM(`t14`.`told`) AS `told`,
      SUM(`t14`.`won`) AS `won`
    FROM `t13` AS `t14`
    GROUP BY
      1
  ) AS `t16`
)
SELECT
  `t29`.`path`,
  `t29`.`place`,
  `t29`.`paths`,
  `t29`.`n`,
  `t29`.`walked`,
  `t29`.`told_n`,
  `t29`.`won`,
  `t29`.`minutes_p50`
FROM (
  SELECT
    `t23`.`path`,
    `t23`.`place`,
    `t23`.`paths`,
    `t23`.`n`,
    `t23`.`walked`,
    `t23`.`told_n`,
    `t23`.`won`,
    `t28`.`path` AS `path_right`,
    `t28`.`minutes_p50`
  FROM (
    SELECT
      IF(`t19`.`place` < 10, `t19`.`path`, '(rest)') AS `path`,
      MIN(`t19`.`place`) AS `place`,
      COUNT(*) AS `paths`,
      SUM(`t19`.`copies`) AS `n`,
      SUM(`t19`.`walked`) AS `walked`,
      SUM(`t19`.`told`) AS `told_n`,
      SUM(`t19`.`won`) AS `won`
    FROM (
      SELECT
        `t18`.`path`,
        `t18`.`copies`,
        `t18`.`walked`,
        `t18`.`told`,
        `t18`.`won`,
        `t18`.`rank`,
        IF(`t18`.`rank` < 10, `t18`.`rank`, 10) AS `place`
      FROM `t17` AS `t18`
    ) AS `t19`
    GROUP BY
      1
  ) AS `t23`
  LEFT OUTER JOIN (
    SELECT
      `t26`.`path`,
      `t26`.`minutes_p50`
    FROM (
      SELECT
        `t25`.`path`,
        COUNT(*) AS `n`,
        PERCENTILE(`t25`.`minutes`, 0.5) AS `minutes_p50`
      FROM (
        SELECT
          `t24`.`key`,
          `t24`.`steps`,
          `t24`.`copies`,
          COALESCE(`t24`.`known`, '(rest)') AS `path`,
          `t24`.`first_id`,
          `t24`.`last_id`,
          `t24`.`channel_path`,
          `t24`.`switches`,
          `t24`.`started`,
          `t24`.`ended`,
          `t24`.`minutes`,
          `t24`.`customer_id`,
          `t24`.`one_customer`,
          `t24`.`channel`,
          `t24`.`outcome`,
          `t24`.`converted`,
          `t24`.`value`,
          `t24`.`walked`,
          `t24`.`told`,
          `t24`.`won`,
          `t24`.`known`
        FROM (
          SELECT
            `t15`.`key`,
            `t15`.`steps`,
            `t15`.`copies`,
            `t15`.`path`,
            `t15`.`first_id`,
            `t15`.`last_id`,
            `t15`.`channel_path`,
            `t15`.`switches`,
            `t15`.`started`,
            `t15`.`ended`,
            `t15`.`minutes`,
            `t15`.`customer_id`,
            `t15`.`one_customer`,
            `t15`.`channel`,
            `t15`.`outcome`,
            `t15`.`converted`,
            `t15`.`value`,
            `t15`.`walked`,
            `t15`.`told`,
            `t15`.`won`,
            `t21`.`known`
          FROM `t13` AS `t15`
          LEFT OUTER JOIN (
            SELECT
              `t18`.`path` AS `known`
            FROM `t17` AS `t18`
            WHERE
              IF(`t18`.`rank` < 10, `t18`.`rank`, 10) < 10
          ) AS `t21`
            ON `t15`.`path` = `t21`.`known`
        ) AS `t24`
      ) AS `t25`
      GROUP BY
        1
    ) AS `t26`
  ) AS `t28`
    ON `t23`.`path` = `t28`.`path`
) AS `t29`
