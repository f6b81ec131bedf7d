package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a line of the log looks like, as the product's own logback.xml has it. */
class LogTextTest {
  private static final String CLEAR = "\u001b[K";

  @Test
  void onATerminalTheMessageIsWholeAndThenTheLineIsCleared() throws Exception {
    assertThat(line(CLEAR, "job 'a': live page on {}", "http://b/", null))
        .endsWith(" INFO  Main - job 'a': live page on http://b/" + CLEAR + "\n");
  }

  @Test
  void controlCharactersOfAnEventDoNotReachTheTerminal() throws Exception {
    String evil = "\u001b[2J\u009b1m\r\n12:00:00 forged é";

    String line = line(CLEAR, "label {}", evil, new IllegalStateException("of " + evil));

    assertThat(line).contains("label ?[2J?1m??12:00:00 forged é" + CLEAR + "\n");
    assertThat(line.replace(CLEAR, ""))
        .contains("of ?[2J")
        .doesNotContain("\u001b", "\u009b", "\r");
  }

  @Test
  void theAdminClientDoesNotRepeatThatATopicIsNotThere() throws Exception {
    Logger lookUps =
        context("").getLogger("org.apache.kafka.clients.admin.internals.PartitionLeaderStrategy");

    assertThat(lookUps.isErrorEnabled()).isFalse();
  }

  private static LoggerContext context(String clear) throws Exception {
    LoggerContext context = new LoggerContext();
    context.putProperty("counterweight.log.clear", clear);
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(Objects.requireNonNull(LogTextTest.class.getResource("/logback.xml")));
    return context;
  }

  private static String line(
      String clear, String message, String argument, @Nullable Throwable failure) throws Exception {
    LoggerContext context = context(clear);
    Logger logger = context.getLogger(Main.class);
    ILoggingEvent event =
        new LoggingEvent(
            LogTextTest.class.getName(),
            logger,
            Level.INFO,
            message,
            failure,
            new Object[] {argument});
    OutputStreamAppender<ILoggingEvent> appender =
        (OutputStreamAppender<ILoggingEvent>)
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("stderr");
    return new String(appender.getEncoder().encode(event), UTF_8);
  }
}
