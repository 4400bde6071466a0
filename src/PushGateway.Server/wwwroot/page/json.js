// The JSON a person types: checked here before anything is sent, and sent as typed, numbers untouched, only without the spaces.

/** @returns {{ok: true, json: string, value: unknown} | {ok: false, message: string}} */
export function readJson(text) {
  if (text.trim() === '') return { ok: false, message: 'Type some JSON, for example {"hello": "world"}.' };
  try {
    return { ok: true, value: JSON.parse(text), json: withoutSpaces(text) };
  } catch (error) {
    return { ok: false, message: `This is not valid JSON. ${error.message}` };
  }
}

/** Valid JSON on one line. Re-serializing the parsed value instead would round large numbers. */
function withoutSpaces(json) {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string) => string ?? '');
}
