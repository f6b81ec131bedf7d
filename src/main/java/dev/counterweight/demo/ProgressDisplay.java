package dev.counterweight.demo;

import java.io.PrintWriter;
import java.text.DecimalFormat;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how many events are done and how fast: a bar on a terminal, elsewhere a line every few
 * seconds. Not thread-safe.
 */
public final class ProgressDisplay implements AutoCloseable {
  private static final long LINE_EVERY_NS = TimeUnit.SECONDS.toNanos(5);

  private final String task;
  private final PrintWriter out;
  private final @Nullable ProgressBar bar;
  private final long startNs = System.nanoTime();
  private long lineNs = startNs;
  private long lineEvents;
  private String shown = "";

  /**
   * Starts to show.
   *
   * @param terminal whether someone is watching: a bar on standard error, else lines on {@code out}
   */
  public ProgressDisplay(String task, long total, boolean terminal, PrintWriter out) {
    this.task = task;
    this.out = out;
    this.bar =
        terminal
            ? new ProgressBarBuilder()
                // Without name and remaining time the message has room on a line of 80.
                .setTaskName("")
                .hideEta()
                .setInitialMax(total)
                .setUnit(" events", 1)
                .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                .setUpdateIntervalMillis(200)
                .showSpeed(new DecimalFormat("0"))
                .build()
            : null;
  }

  /**
   * Shows where things are.
   *
   * @param total events there will be; may be an estimate that changes
   * @param message said beside the figures; may be empty
   */
  public void update(long events, long total, String message) {
    if (bar != null) {
      bar.maxHint(total);
      bar.stepTo(events);
      bar.setExtraMessage("  " + message);
      return;
    }
    long nowNs = System.nanoTime();
    if (nowNs - lineNs >= LINE_EVERY_NS) {
      line(events, total, message, (events - lineEvents) * 1e9 / (nowNs - lineNs));
      lineNs = nowNs;
      lineEvents = events;
    }
  }

  /** Shows the last state, with the speed over the whole time. */
  public void finish(long events, String message) {
    update(events, events, message);
    if (bar == null) {
      line(events, events, message, events * 1e9 / Math.max(1, System.nanoTime() - startNs));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  private void line(long events, long total, String message, double perSecond) {
    String line =
        String.format(
            Locale.ROOT,
            "%s: %,d of %,d events, %,.0f events/s%s",
            task,
            events,
            total,
            perSecond,
            message.isEmpty() ? "" : "; " + message);
    if (!line.equals(shown)) {
      out.println(line);
      out.flush();
      shown = line;
    }
  }
}
