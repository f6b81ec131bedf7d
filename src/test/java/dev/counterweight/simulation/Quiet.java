package dev.counterweight.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Keeps the roles from telling what goes wrong: here that is what they are for. */
final class Quiet implements AutoCloseable {
  private static final List<String> LOGGERS =
      List.of("dev.counterweight", "io.micrometer", "org.apache.kafka");

  private final List<@Nullable Level> before;

  Quiet() {
    before = new ArrayList<>();
    LOGGERS.forEach(name -> before.add(logger(name).getLevel()));
    LOGGERS.forEach(name -> logger(name).setLevel(Level.OFF));
  }

  @Override
  public void close() {
    for (int i = 0; i < LOGGERS.size(); i++) {
      logger(LOGGERS.get(i)).setLevel(before.get(i));
    }
  }

  private static Logger logger(String name) {
    return (Logger) LoggerFactory.getLogger(name);
  }
}
