package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("NullAway.Init") // set by start
class WireTest {
  private ServerSocket server;
  private Wire wire;
  private Socket client;
  private Socket served;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    wire = Wire.to(server.getLocalPort());
    client = new Socket("127.0.0.1", wire.port());
    served = server.accept();
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    served.close();
    wire.close();
    server.close();
  }

  @Test
  void bothDirectionsPassWhileItIsOpenOrSlow() throws IOException {
    for (Wire.State state : new Wire.State[] {Wire.State.OPEN, Wire.State.SLOW}) {
      wire.set(state);
      client.getOutputStream().write(1);
      assertThat(served.getInputStream().read()).isEqualTo(1);
      served.getOutputStream().write(2);
      assertThat(client.getInputStream().read()).isEqualTo(2);
    }
  }

  @Test
  void heldAnswersComeOnceItIsMendedAndRequestsPassMeanwhile() throws IOException {
    wire.set(Wire.State.ANSWERS_HELD);
    client.getOutputStream().write(1);
    assertThat(served.getInputStream().read()).isEqualTo(1);
    served.getOutputStream().write(2);
    assertSilent(client);
    wire.set(Wire.State.OPEN);
    assertThat(client.getInputStream().read()).isEqualTo(2);
  }

  @Test
  void heldRequestsComeOnceItIsMended() throws IOException {
    wire.set(Wire.State.REQUESTS_HELD);
    client.getOutputStream().write(1);
    assertSilent(served);
    wire.set(Wire.State.OPEN);
    assertThat(served.getInputStream().read()).isEqualTo(1);
  }

  @Test
  void aCutBreaksWhatIsOpenAndLetsNothingBeMadeUntilItIsMended() throws IOException {
    wire.set(Wire.State.CUT);
    assertThat(ended(client)).isTrue();
    try (Socket late = new Socket("127.0.0.1", wire.port())) {
      assertThat(ended(late)).isTrue();
    }
    wire.set(Wire.State.OPEN);
    server.accept().close(); // of the late one, cut before anything passed
    try (Socket again = new Socket("127.0.0.1", wire.port());
        Socket there = server.accept()) {
      again.getOutputStream().write(3);
      assertThat(there.getInputStream().read()).isEqualTo(3);
    }
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(200);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(0);
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
