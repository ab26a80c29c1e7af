/** A server for the tests, as a process of its own on ports of its own. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

export const REPOSITORY = path.resolve(import.meta.dirname, "../../../..");
export const TEST_DATA = path.join(REPOSITORY, "iris-core/testdata");

/**
 * Starts `iris-server` with these arguments; nothing of this process' environment concerns it.
 *
 * @param {...string} args
 * @returns {Promise<{http: string, admin: string | undefined, stop: () => Promise<void>}>} where it
 *   answers, as `http://127.0.0.1:40000`
 */
export async function start(...args) {
  const program = process.env.IRIS_SERVER ?? path.join(REPOSITORY, "target/debug/iris-server");
  const grpc = args.includes("--grpc") ? [] : ["--grpc", "off"];
  const command = ["--http", "127.0.0.1:0", "--threads", "2", ...grpc, ...args];
  const server = spawn(program, command, { env: {}, stdio: ["ignore", "pipe", "pipe"] });
  const said = text(server.stderr);
  const exited = once(server, "exit");
  const awaited = new Set(["http", ...(args.includes("--admin") ? ["admin"] : [])]);
  const addresses = {};
  for await (const line of createInterface(server.stdout)) {
    const [, kind, address] = line.match(/^listening (\w+)=(.*)$/) ?? [];
    if (kind) addresses[kind] = address.includes("://") ? address : `http://${address}`;
    awaited.delete(kind);
    if (awaited.size === 0) break;
  }
  if (awaited.size > 0) throw new Error(`the server did not start:\n${await said}`);
  const stop = async () => {
    server.kill("SIGTERM");
    await exited;
  };
  return { http: addresses.http, admin: addresses.admin, stop };
}
