// Plays series to Prometheus' rule engine and asks which alerts fired.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, promtool, RULES, rules } from './repository.mjs';

/** Which alerts a scenario has shown to fire. */
export const shown = new Set();

/**
 * A test: these series for some time, and exactly these alerts.
 * @param series what Prometheus sees, from cluster.mjs.
 * @param options.fires all that fire at any time.
 * @param options.clearBy by when, in minutes, none fires any more.
 * @param options.interval seconds between two scrapes.
 */
export function scenario(name, series, { fires = [], clearBy = undefined, minutes = 25, interval = 60 } = {}) {
  for (const alert of fires) shown.add(alert);
  test(name, async () => {
    const known = rules().map(rule => rule.name);
    for (const alert of fires) assert.ok(known.includes(alert), `there is no alert ${alert}`);

    const names = expected => expected.map(alert => ({ labels: `{alertname="${alert}"}`, value: 1 }));
    const question = (expression, minute, expected) => ({ expr: `group by (alertname) (${expression})`, eval_time: `${minute}m`, exp_samples: names(expected) });
    const questions = [question(`count_over_time(ALERTS{alertstate="firing"}[${minutes}m])`, minutes, fires)];
    if (clearBy !== undefined) questions.push(question(`count_over_time(ALERTS{alertstate="firing"}[${minutes - clearBy}m])`, minutes, []));
    await promtool(['test', 'rules'], 'scenario.json', {
      rule_files: [pathOf(RULES)],
      evaluation_interval: `${interval}s`,
      tests: [{ interval: `${interval}s`, input_series: series.map(one => written(one, minutes, interval)), promql_expr_test: questions }],
    });
  });
}

// "_" is a scrape without the series; "stale" is what Prometheus itself writes when a target is gone.
function written({ series, valueAt, until }, minutes, interval) {
  const values = [];
  for (let second = 0; second <= minutes * 60; second += interval) {
    const minute = second / 60;
    const justGone = minute >= until && minute - interval / 60 < until;
    values.push(justGone ? 'stale' : (valueAt(minute) ?? '_'));
  }
  return { series, values: values.join(' ') };
}
