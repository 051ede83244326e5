// Imports documents as three HTTP workbenches do, and prints what each has made of them: where it would send requests,
// and how many it has.
const { readFileSync } = require('node:fs');
const { openApiToBruno } = require('@usebruno/converters');
const insomnia = require('insomnia-importers');
const postman = require('openapi-to-postmanv2');

/** The requests of a collection whose folders hold more of them. */
const requests = (folder, inside, isRequest) =>
  isRequest(folder) ? [folder] : (folder[inside] ?? []).flatMap((item) => requests(item, inside, isRequest));

const workbenches = {
  async postman(text) {
    const { result, reason, output } = await new Promise((resolve, reject) =>
      postman.convert({ type: 'string', data: text }, {}, (error, made) => (error ? reject(error) : resolve(made))),
    );
    if (!result) throw new Error(reason);
    const { variable, item } = output[0].data;
    const base = variable.find(({ key }) => key === 'baseUrl').value;
    return [base, requests({ item }, 'item', ({ request }) => request).length];
  },
  async bruno(text) {
    const { environments, items } = await openApiToBruno(JSON.parse(text));
    const base = environments[0].variables.find(({ name }) => name === 'baseUrl').value;
    return [base, requests({ items }, 'items', ({ type }) => type === 'http-request').length];
  },
  async insomnia(text) {
    const { resources } = (await insomnia.convert(text)).data;
    const { scheme, host, base_path } = resources.find(({ data }) => data?.scheme).data;
    return [`${scheme}://${host}${base_path}`, resources.filter(({ _type }) => _type === 'request').length];
  },
};

(async () => {
  for (const path of process.argv.slice(2)) {
    const text = readFileSync(path, 'utf8');
    for (const [name, workbench] of Object.entries(workbenches)) {
      const [base, count] = await workbench(text);
      console.log(`${name}: ${count} requests to ${base}`);
    }
  }
})();
