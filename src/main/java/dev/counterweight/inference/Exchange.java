package dev.counterweight.inference;

import dev.counterweight.serving.ServedModel;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and its answer. Its body is read as it comes, without a thread that waits for it; it is
 * answered once, by whoever is first: who has read it, or who has waited too long for it.
 *
 * <p>Run by one thread at a time, but for {@link #expire}.
 */
final class Exchange implements Callback, Invocable.Task {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final HttpField JSON =
      new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/json");
  private static final HttpField NO_STORE =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-store");
  private static final HttpField CLOSE = new PreEncodedHttpField(HttpHeader.CONNECTION, "close");

  private final Desk desk;
  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Target target;
  private final Conversation conversation;
  private final AtomicBoolean answered = new AtomicBoolean();
  private final long sinceNs = System.nanoTime();
  private final Body body;
  private boolean light;
  private boolean whole;
  // Bytes that the answer holds while it is on its way.
  private int taken;

  Exchange(Desk desk, Request request, Response response, Callback callback, Target target) {
    this.desk = desk;
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.target = target;
    this.conversation = Conversations.of(request);
    this.body = desk.body();
  }

  /**
   * Reads the body, then has its rows scored.
   *
   * @param by the model as things are now
   */
  void read(ServedModel by) {
    light = by.explains();
    run();
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  /** Takes what has come of the body, and comes back for more. */
  @Override
  public void run() {
    try {
      while (!answered.get()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          conversation.sending(this);
          request.demand(this);
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          leave(chunk.getFailure());
          return;
        }
        boolean last = chunk.isLast();
        try {
          body.add(chunk.getByteBuffer());
        } finally {
          chunk.release();
        }
        if (last) {
          whole = true;
          work();
          return;
        }
      }
    } catch (Refusal e) {
      refuse(e);
    }
  }

  private void work() {
    Deadline deadline = desk.deadline();
    byte[] all = body.all();
    if (light && desk.isQuick(all.length)) {
      score(all, deadline, Desk.QUICK_ROWS);
    } else {
      handOn(all, deadline);
    }
  }

  /** Leaves it to a thread that does long work alone. */
  private void handOn(byte[] all, Deadline deadline) {
    conversation.workedOn();
    try {
      desk.execute(() -> score(all, deadline, Integer.MAX_VALUE));
    } catch (RejectedExecutionException e) {
      refuse(new Refusal(503, "too many requests are waiting: try again"));
    }
  }

  private void score(byte[] all, Deadline deadline, int mostRows) {
    try {
      String query = request.getHttpURI().getQuery();
      desk.answers()
          .post(target, query, all, deadline, mostRows)
          .ifPresentOrElse(this::answer, () -> handOn(all, deadline));
    } catch (Refusal e) {
      refuse(e);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      LOG.warn("a request for {} could not be answered", target.kind().text(), e);
      answer(Reply.error(500, "this could not be answered: the log says why"));
    }
  }

  /** The time for its body is over. Called by another thread than its own. */
  void expire() {
    refuse(
        new Refusal(
            408,
            "the request's body did not arrive within %d s"
                .formatted(desk.limits().requestTime().toSeconds())));
  }

  void refuse(Refusal refusal) {
    answer(Reply.error(refusal.status(), refusal.getMessage()));
  }

  /** Answers it, unless it is answered. */
  void answer(Reply asked) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    body.release(); // makes room for the answer
    Reply reply = held(asked);
    desk.meters().answered(target.kind(), reply.status(), reply.rows(), sinceNs);
    conversation.answered();
    response.setStatus(reply.status());
    response.getHeaders().add(JSON);
    if (!target.posted()) {
      response.getHeaders().add(NO_STORE);
    }
    if (!whole && hasBody()) {
      response.getHeaders().put(CLOSE); // the rest of its body is not waited for
    }
    if (reply.status() == 503) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
    }
    response.write(true, ByteBuffer.wrap(reply.body()), this);
  }

  private boolean hasBody() {
    HttpFields headers = request.getHeaders();
    return headers.contains(HttpHeader.TRANSFER_ENCODING)
        || headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0;
  }

  /** An answer whose memory is taken, for as long as its client leaves it here. */
  private Reply held(Reply reply) {
    int bytes = reply.body().length;
    if (bytes <= HeldBytes.UNCOUNTED) {
      return reply;
    }
    if (!desk.held().take(bytes)) {
      return Reply.error(503, "too many answers are on their way: try again");
    }
    taken = bytes;
    return reply;
  }

  private void leave(Throwable failure) {
    if (answered.compareAndSet(false, true)) {
      desk.meters().gone(target.kind());
      failed(failure);
    }
  }

  /** The answer is out. */
  @Override
  public void succeeded() {
    end();
    callback.succeeded();
  }

  /** The client is gone. */
  @Override
  public void failed(Throwable failure) {
    end();
    callback.failed(failure);
  }

  private void end() {
    body.release();
    desk.held().give(taken);
    taken = 0;
    conversation.over();
  }
}
