package dev.counterweight.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A way to a port of this machine that fails on demand: cut, slow, or one-way, as networks are.
 *
 * <p>What is held in one direction is not lost: as under TCP it arrives once the way is mended,
 * unless whoever waits for it has given up.
 *
 * <p>Thread-safe.
 */
public final class Wire implements AutoCloseable {
  /** What becomes of what the way carries. */
  public enum State {
    OPEN,
    /** Connections break in the middle of what they carry, and none is made. */
    CUT,
    /** Everything takes {@link #LATENCY} longer. */
    SLOW,
    /** Requests arrive, and nobody hears of it. */
    ANSWERS_HELD,
    /** Connections are made, and what they are asked is not heard. */
    REQUESTS_HELD
  }

  private static final Duration LATENCY = Duration.ofMillis(150);
  private static final int CHUNK_BYTES = 65_536;

  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Object stateChanged = new Object();
  private volatile State state = State.OPEN;
  private volatile int target;

  private Wire(ServerSocket door) {
    this.door = door;
  }

  /** A door on any free port, which lets nobody in before {@link #leadTo}. */
  public static Wire closed() throws IOException {
    return new Wire(new ServerSocket(0, 50, loopback()));
  }

  /** A way to a port. */
  public static Wire to(int target) throws IOException {
    Wire wire = closed();
    wire.leadTo(target);
    return wire;
  }

  /** Opens the door, which leads to a port; once only. */
  public void leadTo(int port) {
    target = port;
    thread(this::accept);
  }

  /** The port on which the way begins. */
  public int port() {
    return door.getLocalPort();
  }

  public void set(State next) {
    synchronized (stateChanged) {
      state = next;
      stateChanged.notifyAll();
    }
    if (next == State.CUT) {
      open.forEach(Wire::close);
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    set(State.CUT);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket in = door.accept();
        thread(() -> connect(in));
      } catch (IOException e) {
        // the test ends
      }
    }
  }

  private void connect(Socket in) {
    open.add(in);
    try {
      Socket out = new Socket(loopback(), target);
      open.add(out);
      if (state == State.CUT) { // looked at after they were added, so that none is overlooked
        close(in);
        close(out);
      }
      thread(() -> carry(in, out, State.REQUESTS_HELD));
      carry(out, in, State.ANSWERS_HELD);
    } catch (IOException e) {
      // nobody is there at the other end
      close(in);
      open.remove(in);
    }
  }

  private void carry(Socket from, Socket to, State held) {
    try (from;
        to) {
      from.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        pass(held);
        out.write(chunk, 0, n);
      }
    } catch (IOException | InterruptedException e) {
      // cut
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  /** Returns once what was read may go on. */
  private void pass(State held) throws InterruptedException {
    if (state == State.SLOW) {
      LockSupport.parkNanos(LATENCY.toNanos());
    }
    synchronized (stateChanged) {
      while (state == held) {
        stateChanged.wait();
      }
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByName("127.0.0.1");
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void thread(Runnable work) {
    Thread thread = new Thread(work, "wire");
    thread.setDaemon(true);
    thread.start();
  }
}
