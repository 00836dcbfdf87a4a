// Exit code 0 when this container's own process says it is ready. No shell, no curl: the image has neither to spare.
import { get } from 'node:http';

const TIMEOUT_MS = 4_000;
const { HOST = '127.0.0.1', PORT = '4000' } = process.env;
// A listener on every address is asked on the loopback one.
const host = HOST === '0.0.0.0' || HOST === '::' || HOST === '' ? '127.0.0.1' : HOST;

function fail(reason) {
  console.error(`http://${host}:${PORT}/api/ready: ${reason}`);
  process.exit(1);
}

const request = get({ host, port: Number(PORT || 4000), path: '/api/ready', agent: false }, (response) => {
  const body = [];
  response.on('data', (chunk) => body.push(chunk));
  response.on('end', () => {
    if (response.statusCode === 200) process.exit(0);
    fail(`${response.statusCode} ${Buffer.concat(body).toString('utf8').slice(0, 2_000)}`);
  });
});
// Of the whole answer, not of silence in it.
setTimeout(() => fail(`no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS);
request.on('error', (error) => fail(error.message));
