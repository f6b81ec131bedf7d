package dev.counterweight.speed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Java as the launcher starts it for a role, on this program's class path. */
final class LaunchedJava {
  /** What the launcher gives java. */
  static final List<String> OPTIONS =
      List.of(
          "-Djdk.console=java.base",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "-Dai.djl.offline=true",
          "-Dai.djl.pytorch.num_threads=1",
          "-Dai.djl.pytorch.num_interop_threads=1",
          "-XX:+UseSerialGC",
          "-XX:Tier4InvocationThreshold=200000",
          "-XX:Tier4MinInvocationThreshold=24000",
          "-XX:Tier4CompileThreshold=600000",
          "-XX:Tier4BackEdgeThreshold=1600000");

  /** What it gives Java 24 and later. */
  static final String LATER_OPTION = "--sun-misc-unsafe-memory-access=allow";

  /** The variables that it sets. */
  static final Map<String, String> ENVIRONMENT =
      Map.of(
          "MKL_CBWR", "AUTO",
          "ONEDNN_MAX_CPU_ISA", "AVX2",
          "OMP_NUM_THREADS", "1",
          "OPT_OUT_TRACKING", "true");

  private LaunchedJava() {}

  /** Runs a class, whose arguments are to be added; its variables are {@link #ENVIRONMENT}. */
  static List<String> command(String mainClass) {
    List<String> command = new ArrayList<>(List.of(program()));
    command.addAll(OPTIONS);
    if (Runtime.version().feature() >= 24) {
      command.add(LATER_OPTION);
    }
    // As a user has it, not as tests do.
    command.add("-Dlogback.configurationFile=logback.xml");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    return command;
  }

  static String program() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
