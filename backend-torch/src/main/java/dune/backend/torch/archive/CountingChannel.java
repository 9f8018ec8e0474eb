package dune.backend.torch.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.function.LongConsumer;

/// Tells after every write how many bytes have gone through.
final class CountingChannel implements WritableByteChannel {
  private final WritableByteChannel channel;
  private final LongConsumer written;
  private long total;

  CountingChannel(WritableByteChannel channel, LongConsumer written) {
    this.channel = channel;
    this.written = written;
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    int count = channel.write(bytes);
    total += count;
    written.accept(total);
    return count;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
