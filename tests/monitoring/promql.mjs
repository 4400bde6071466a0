// Which metrics and labels an expression of PromQL names. That it is one, promtool says.

// What stands where a metric could: functions, aggregations and words of the language.
const WORDS = new Set(
  `abs absent absent_over_time and avg bool by changes count count_over_time group group_left group_right histogram_quantile ignoring increase max
  max_over_time min offset on or rate sum time topk unless vector without`.split(/\s+/),
);

/**
 * @returns the metrics, each with the labels that it is selected by, and the labels by which they are grouped and matched.
 */
export function namesIn(expression) {
  const metrics = [];
  const labels = new Set();
  const bare = expression
    .replace(/([A-Za-z_:][\w:]*)\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}/g, (_, name, matchers) => {
      metrics.push({ name, labels: [...matchers.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(match => match[1]) });
      return ' ';
    })
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:offset|@)\s+\w+/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, list) => {
      for (const label of list.split(',')) if (label.trim()) labels.add(label.trim());
      return ' ';
    });
  for (const [name] of bare.matchAll(/(?<![\w.:])[A-Za-z_:][\w:]*/g)) if (!WORDS.has(name)) metrics.push({ name, labels: [] });
  return { metrics, labels };
}
