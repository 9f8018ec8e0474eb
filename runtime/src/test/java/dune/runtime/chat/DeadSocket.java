package dune.runtime.chat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;

/// A socket that says whom it should call, and calls nobody.
final class DeadSocket extends SocketImpl {
  private static ConnectException refused(Object to) {
    System.out.println("call " + to);
    return new ConnectException("nobody is called here");
  }

  @Override
  protected void create(boolean stream) {}

  @Override
  protected void connect(String host, int port) throws IOException {
    throw refused(host);
  }

  @Override
  protected void connect(InetAddress to, int port) throws IOException {
    throw refused(to);
  }

  @Override
  protected void connect(SocketAddress to, int timeout) throws IOException {
    throw refused(to);
  }

  @Override
  protected void bind(InetAddress host, int port) {}

  @Override
  protected void listen(int backlog) {}

  @Override
  protected void accept(SocketImpl other) throws IOException {
    throw refused(other);
  }

  @Override
  protected InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  protected OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  protected int available() {
    return 0;
  }

  @Override
  protected void close() {}

  @Override
  protected void sendUrgentData(int data) {}

  @Override
  public void setOption(int id, Object value) {}

  @Override
  public Object getOption(int id) {
    return 0;
  }
}
