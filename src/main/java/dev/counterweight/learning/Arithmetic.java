package dev.counterweight.learning;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What decides how libtorch rounds: two runs are byte-identical only where this is the same. */
public final class Arithmetic {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Those that libtorch, MKL and oneDNN choose their kernels by. */
  private static final Set<String> INSTRUCTIONS =
      Set.of("avx", "avx2", "fma", "avx512f", "avx512vl", "avx512bw", "avx512dq", "asimd", "sve");

  private static final List<String> VARIABLES =
      List.of("MKL_CBWR", "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY");

  private Arithmetic() {}

  /**
   * Processor, its maker and instruction sets where Linux tells, libtorch, and the variables that
   * choose kernels: {@code amd64 AuthenticAMD avx avx2 fma; libtorch 2.7.1; MKL_CBWR=AUTO}.
   */
  public static String here() {
    return described(
        System.getProperty("os.arch", "unknown"),
        cpuInfo(),
        Engine.getEngine("PyTorch").getVersion(),
        System.getenv());
  }

  static String described(
      String processor, List<String> cpuInfo, String libtorch, Map<String, String> variables) {
    List<String> kind = new ArrayList<>(List.of(processor));
    kind.addAll(first(cpuInfo, "vendor_id"));
    TreeSet<String> instructions = new TreeSet<>(first(cpuInfo, "flags"));
    instructions.addAll(first(cpuInfo, "Features"));
    instructions.retainAll(INSTRUCTIONS);
    kind.addAll(instructions);
    List<String> parts = new ArrayList<>(List.of(String.join(" ", kind), "libtorch " + libtorch));
    for (String variable : VARIABLES) {
      if (variables.containsKey(variable)) {
        parts.add(variable + "=" + variables.get(variable));
      }
    }
    return String.join("; ", parts);
  }

  /** Words of the first line that begins with {@code name}. */
  private static List<String> first(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith(name))
        .findFirst()
        .map(line -> Arrays.asList(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
        .orElse(List.of());
  }

  private static List<String> cpuInfo() {
    try {
      return Files.isReadable(CPU_INFO) ? Files.readAllLines(CPU_INFO) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
