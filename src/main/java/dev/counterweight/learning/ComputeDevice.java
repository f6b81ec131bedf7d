package dev.counterweight.learning;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.util.Utils;
import dev.counterweight.protocol.FailureException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a model is trained, as the key {@code device} names it. */
final class ComputeDevice {
  private static final Logger LOG = LoggerFactory.getLogger(ComputeDevice.class);

  private static final Map<String, String> ENGINE_DEFAULTS =
      Map.of(
          "ai.djl.offline", "true",
          "OPT_OUT_TRACKING", "true",
          // One thread: sums split over several would depend on how many there are.
          "ai.djl.pytorch.num_threads", "1",
          "ai.djl.pytorch.num_interop_threads", "1");

  /** PyTorch keeps a device's number in a signed byte. */
  private static final int MAX_GPUS = Byte.MAX_VALUE;

  private ComputeDevice() {}

  /**
   * The device, tried: a GPU has worked out a sum. Loads PyTorch.
   *
   * @param name {@code auto}, which is a GPU if there is one that works, {@code cpu}, {@code gpu}
   *     or {@code gpu:N}
   * @throws FailureException if PyTorch cannot be loaded, or if a GPU is asked for that is not
   *     there or does not work
   */
  static Device of(String name) {
    ENGINE_DEFAULTS.forEach(
        (key, value) -> {
          if (System.getProperty(key) == null) {
            System.setProperty(key, value);
          }
        });
    load();
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    int number = name.startsWith("gpu:") ? Integer.parseInt(name.substring(4)) : 0;
    String trouble = trouble(number);
    if (trouble == null) {
      return Device.gpu(number);
    }
    if (name.equals("auto")) {
      if (cuda()) {
        LOG.warn("device=auto: there is a GPU, but PyTorch says: {}; training on the CPU", trouble);
      }
      return Device.cpu();
    }
    throw new FailureException(
        ("device=%s: %s; set device=auto or cpu, or point PYTORCH_LIBRARY_PATH at a CUDA build of "
                + "libtorch")
            .formatted(name, trouble));
  }

  /**
   * A manager of arrays on a device, the caller's to close.
   *
   * @throws FailureException as {@link #of}
   */
  static PtNDManager manager(String name) {
    return (PtNDManager) NDManager.newBaseManager(of(name), "PyTorch");
  }

  /** Loads PyTorch, which DJL unpacks into a folder of the user's on first use. */
  private static void load() {
    try {
      Engine.getEngine("PyTorch");
    } catch (EngineException | UnsatisfiedLinkError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new FailureException(
          "PyTorch cannot be unpacked into %s and loaded from there (%s): let this user write there, or set the environment variable DJL_CACHE_DIR to a folder where it may write and run programs"
              .formatted(Utils.getEngineCacheDir("pytorch"), cause),
          e);
    }
  }

  /** Why a GPU cannot be used, or null. */
  private static @Nullable String trouble(int number) {
    if (!cuda()) {
      return "PyTorch finds no GPU";
    }
    if (number > MAX_GPUS) {
      return "PyTorch numbers GPUs 0 to " + MAX_GPUS;
    }
    // Asked of PyTorch itself: DJL counts GPUs by a CUDA runtime of its own finding, which need not
    // be there where PyTorch brings one along, as it does when installed for Python.
    try (NDManager manager = NDManager.newBaseManager(Device.gpu(number), "PyTorch");
        NDArray one = manager.create(new float[] {1});
        NDArray two = one.add(one)) {
      return two.toFloatArray()[0] == 2 ? null : "one and one is " + two.toFloatArray()[0];
    } catch (EngineException e) {
      return String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
    }
  }

  /** Whether PyTorch is built for CUDA and a driver and a GPU are there. */
  private static boolean cuda() {
    return Engine.getEngine("PyTorch").hasCapability(StandardCapabilities.CUDA);
  }
}
