// What kind of socket a descriptor that was handed over is.
#pragma once

namespace volt::virtio {

/// Whether it is a Unix socket of this type (SOCK_*).
[[nodiscard]] bool is_unix_socket(int descriptor, int type);
/// Whether it is a stream socket of any family.
[[nodiscard]] bool is_stream_socket(int descriptor);
/// Whether listen(2) was called on it.
[[nodiscard]] bool is_listening(int descriptor);

} // namespace volt::virtio
