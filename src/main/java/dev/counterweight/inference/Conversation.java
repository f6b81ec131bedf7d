package dev.counterweight.inference;

import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

/**
 * A connection as that of a client which may keep us waiting: what it is at, and since when. Told
 * by the threads that work on it, one at a time, and looked at by those that watch it.
 */
final class Conversation {

  /** What a connection is at. */
  enum Stage {
    /** No request is waited for: from the answer before on, while all of the next comes at once. */
    ASKING,
    /** A request's body is on its way. */
    SENDING,
    /** The client waits for us. */
    WORKED_ON,
    /** An answer is on its way. */
    ANSWERED
  }

  private final Connection connection;
  private volatile Stage stage = Stage.ASKING;
  private volatile long sinceNs = System.nanoTime();
  private volatile @Nullable Exchange exchange;
  // What had come when it was last answered; -1 before the first request.
  private volatile long bytes = -1;
  // When the watch first saw that a request had begun to come; 0 if none has. Owned by the watch.
  private long begunNs;

  Conversation(Connection connection) {
    this.connection = connection;
  }

  /** The rest of a request's body is waited for; said again whenever it is. */
  void sending(Exchange open) {
    if (stage != Stage.SENDING) {
      exchange = open;
      enter(Stage.SENDING);
    }
  }

  void workedOn() {
    enter(Stage.WORKED_ON);
  }

  void answered() {
    enter(Stage.ANSWERED);
  }

  /** The answer is out. */
  void over() {
    exchange = null;
    bytes = connection.getBytesIn();
    stage = Stage.ASKING;
  }

  boolean isWorkedOn() {
    return stage == Stage.WORKED_ON;
  }

  /** Whether a request of it is being read, worked on or answered. */
  boolean isOpen() {
    return stage != Stage.ASKING;
  }

  /**
   * Since when it has been sent, asked or answered nothing; of one that waits, since its answer.
   */
  long sinceNs() {
    return sinceNs;
  }

  /** Whether its client has taken longer than it may; for the watch alone. */
  boolean isLate(long nowNs, Limits limits) {
    long requestNs = limits.requestTime().toNanos();
    return switch (stage) {
      case WORKED_ON -> false;
      case SENDING -> nowNs - sinceNs > requestNs;
      case ANSWERED -> nowNs - sinceNs > limits.answerTime().toNanos();
      case ASKING -> isLateToAsk(nowNs, requestNs);
    };
  }

  private boolean isLateToAsk(long nowNs, long requestNs) {
    if (bytes < 0) {
      return nowNs - sinceNs > requestNs;
    }
    if (connection.getBytesIn() == bytes) {
      begunNs = 0; // kept for a next request, as it may be
      return false;
    }
    if (begunNs == 0 || begunNs - sinceNs < 0) {
      begunNs = nowNs;
    }
    return nowNs - begunNs > requestNs;
  }

  /** Ends a wait: with an answer, where one can still be given. */
  void expire() {
    Exchange open = exchange;
    if (stage == Stage.SENDING && open != null) {
      open.expire();
    } else {
      close();
    }
  }

  void close() {
    connection.getEndPoint().close();
  }

  private void enter(Stage next) {
    sinceNs = System.nanoTime();
    stage = next;
  }
}
