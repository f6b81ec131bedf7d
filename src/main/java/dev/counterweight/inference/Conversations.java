package dev.counterweight.inference;

import dev.counterweight.runtime.DaemonThread;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open connections, each watched: a client has so long to send a request and to take its
 * answer. Where there are more of them than may be, the one whose client has kept us waiting
 * longest is closed: however many slow clients there are, another one is answered. Thread-safe.
 */
final class Conversations implements Connection.Listener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Conversations.class);
  private static final String KEY = Conversation.class.getName();
  private static final long LOOK_MS = 200;

  private final Limits limits;
  private final Set<Conversation> open = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          task -> new DaemonThread(task, "counterweight-scores-watch"));

  Conversations(Limits limits) {
    this.limits = limits;
    watch.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /** That of a request. */
  static Conversation of(Request request) {
    return (Conversation) request.getConnectionMetaData().getAttribute(KEY);
  }

  int size() {
    return open.size();
  }

  /** Whether a request is being read, worked on or answered. */
  boolean anyOpen() {
    return open.stream().anyMatch(Conversation::isOpen);
  }

  @Override
  public void onOpened(Connection connection) {
    // Of TLS, what is inside it.
    if (connection instanceof ConnectionMetaData metaData) {
      Conversation conversation = new Conversation(connection);
      metaData.setAttribute(KEY, conversation);
      open.add(conversation);
      // Several may be opened at once: what one of them leaves over, the next takes away.
      for (int over = open.size() - limits.connections(); over > 0; over--) {
        closeSlowest();
      }
    }
  }

  @Override
  public void onClosed(Connection connection) {
    if (connection instanceof ConnectionMetaData metaData
        && metaData.getAttribute(KEY) instanceof Conversation conversation) {
      open.remove(conversation);
    }
  }

  private void closeSlowest() {
    open.stream()
        .filter(conversation -> !conversation.isWorkedOn())
        .min(Comparator.comparingLong(Conversation::sinceNs))
        .ifPresent(
            slowest -> {
              open.remove(slowest);
              slowest.close();
            });
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }

  private void look() {
    long nowNs = System.nanoTime();
    for (Conversation conversation : open) {
      try {
        if (conversation.isLate(nowNs, limits)) {
          conversation.expire();
        }
      } catch (RuntimeException e) {
        LOG.warn("a connection could not be closed", e); // and the others are watched on
      }
    }
  }
}
