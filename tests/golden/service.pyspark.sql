SELECT
  `t0`.`touchpoint_id`,
  COUNT(*) AS `n`,
  PERCENTILE(`t0`.`wait_minutes`, 0.5) AS `wait_p50`,
  PERCENTILE(`t0`.`wait_minutes`, 0.9) AS `wait_p90`,
  SUM(CASE WHEN `t0`.`success` IS NOT NULL THEN 1 ELSE 0 END) AS `told`,
  SUM(CASE WHEN `t0`.`success` = FALSE THEN 1 ELSE 0 END) AS `failed`,
  SUM(
    CASE
      WHEN `t0`.`wait_minutes` IS NOT NULL AND NOT ISNAN(`t0`.`wait_minutes`)
      THEN 1
      ELSE 0
    END
  ) AS `wait_n`
FROM `interactions` AS `t0`
GROUP BY
  1
