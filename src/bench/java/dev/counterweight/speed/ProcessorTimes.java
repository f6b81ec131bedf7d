package dev.counterweight.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Processor time and memory as Linux tells them in {@code /proc}. */
final class ProcessorTimes {
  /** Of all times in {@code /proc}, on every architecture. */
  private static final double TICKS_A_SECOND = 100;

  private static final Path PROC = Path.of("/proc");
  private static final int USER = 11;
  private static final int CHILDRENS_USER = 13;
  private static final int IDLE = 3;
  private static final int WAITING = 4;
  private static final int STOLEN = 7;

  private ProcessorTimes() {}

  /** Whether this system tells them. */
  static boolean known() {
    return Files.isReadable(PROC.resolve("self/stat")) && Files.isReadable(PROC.resolve("stat"));
  }

  /** User and system time of a process, without its children, in seconds. */
  static double ofProcess(long pid) throws IOException {
    return pair(Long.toString(pid), USER);
  }

  /** That of this process. */
  static double own() throws IOException {
    return pair("self", USER);
  }

  /** That of this process's children that have ended, and of theirs. */
  static double ofEndedChildren() throws IOException {
    return pair("self", CHILDRENS_USER);
  }

  /** That of everything on the machine, with what its host took from it. */
  static double ofMachine() throws IOException {
    String[] fields = Files.readAllLines(PROC.resolve("stat")).get(0).trim().split("\\s+");
    long[] ticks = Arrays.stream(fields, 1, 1 + STOLEN + 1).mapToLong(Long::parseLong).toArray();
    long busy = Arrays.stream(ticks).sum() - ticks[IDLE] - ticks[WAITING];
    return busy / TICKS_A_SECOND;
  }

  /** The most memory that a living process has had resident, in KiB; 0 once it has ended. */
  static long mostResidentKib(long pid) throws IOException {
    Path status = PROC.resolve(Long.toString(pid)).resolve("status");
    if (!Files.exists(status)) {
      return 0;
    }
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // ended between the two looks
    }
  }

  private static double pair(String process, int first) throws IOException {
    String line = Files.readString(PROC.resolve(process).resolve("stat"));
    // The name before it may hold anything.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).trim().split(" ");
    return (Long.parseLong(fields[first]) + Long.parseLong(fields[first + 1])) / TICKS_A_SECOND;
  }
}
