import type { Engine, Executable } from '../../../engines/engine.ts';

/**
 * An engine that lets waiting messages in after every run. A run of WebAssembly resolves its promise without giving the
 * event loop a turn, so that a worker in the middle of an assignment would not hear that it is cancelled; and memory to
 * share, by which Node's thread sees it, only isolated pages have.
 */
export function yielding(engine: Engine): Engine {
  return {
    info: engine.info,
    float16: () => engine.float16(),
    async compile(computation) {
      const executable = await engine.compile(computation);
      const { outputs } = executable;
      return {
        outputs,
        async run(feeds, results) {
          await executable.run(feeds, results);
          await turn();
        },
        release: () => executable.release(),
      } satisfies Executable;
    },
    close: () => engine.close(),
  };
}

/** A turn of the event loop, without the 4 ms that nested timers wait. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
