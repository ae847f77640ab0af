// Audits a running server against the GraphQL-over-HTTP specification: every MUST and every SHOULD has to pass.
//
//   npm ci && npm run audit -- http://127.0.0.1:8080/graphql
import { auditServer } from 'graphql-http';

const url = process.argv[2] ?? 'http://127.0.0.1:8080/graphql';
const results = await auditServer({ url }).catch((error) => {
  console.error(`${url} cannot be audited: ${error.cause ?? error}`);
  process.exit(1);
});
const required = results.filter(({ name }) => /^(MUST|SHOULD) /.test(name));
const failed = required.filter(({ status }) => status !== 'ok');

for (const { id, name, status, reason } of results) {
  if (status !== 'ok') console.log(`${id} ${name}: ${reason}`);
}
const count = (word) => required.filter(({ name }) => name.startsWith(word)).length;
console.log(`${required.length - failed.length} of ${required.length} passed (${count('MUST')} MUST, ${count('SHOULD')} SHOULD)`);
// No audit at all would be no pass either.
process.exit(required.length > 0 && failed.length === 0 ? 0 : 1);
