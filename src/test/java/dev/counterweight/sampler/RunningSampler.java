package dev.counterweight.sampler;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A sampler in a thread of its own. */
final class RunningSampler {
  final SamplerRole role;
  final FutureTask<Void> result;
  final Thread thread;

  RunningSampler(SamplerRole role) {
    this.role = role;
    this.result =
        new FutureTask<>(
            () -> {
              try (role) {
                role.run();
              }
              return null;
            });
    this.thread = new Thread(result, "sampler");
    thread.start();
  }

  void awaitEnd() throws Exception {
    try {
      result.get(90, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
