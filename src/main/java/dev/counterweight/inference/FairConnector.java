package dev.counterweight.inference;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * Has connections take turns. A connection that is answered looks for its next request at once, and
 * goes on for as long as its client is quick enough, while all others of its thread wait: here it
 * reads nothing after it has written, until it is its turn again. That saves a read in vain, too.
 */
final class FairConnector extends ServerConnector {

  FairConnector(Server server, int selectors, ConnectionFactory... factories) {
    super(server, 1, selectors, factories);
  }

  @Override
  protected SocketChannelEndPoint newEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key) {
    SocketChannelEndPoint made = new Turn(channel, selector, key, this);
    made.setIdleTimeout(getIdleTimeout());
    return made;
  }

  /** One thread at a time reads and writes it, as any end point. */
  private static final class Turn extends SocketChannelEndPoint {
    private volatile boolean over;

    Turn(SocketChannel channel, ManagedSelector selector, SelectionKey key, FairConnector of) {
      super(channel, selector, key, of.getScheduler());
    }

    @Override
    public Runnable onSelected() {
      over = false;
      return super.onSelected();
    }

    /** Nothing, where its turn is over: whoever asks then waits to be selected. */
    @Override
    public int fill(ByteBuffer buffer) throws IOException {
      return over ? 0 : super.fill(buffer);
    }

    @Override
    public boolean flush(ByteBuffer... buffers) throws IOException {
      over = true;
      return super.flush(buffers);
    }
  }
}
