#include "worker/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace face_privacy {
namespace {

using Clock = std::chrono::steady_clock;

struct Header {
  std::uint32_t kind;
  std::uint32_t payload_bytes;
};

// Memory is taken for what has come, in steps, and not for what is announced.
constexpr std::size_t kStepBytes = std::size_t{1} << 20;

int poll_timeout(const Patience& patience) {
  if (!patience.deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*patience.deadline - Clock::now()).count();
  constexpr std::int64_t kLongest = 3'600'000;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kLongest));
}

// Nothing: the socket can be read from or written to.
std::optional<ChannelFault> wait_for(int socket, short events, const Patience& patience) {
  std::array<pollfd, 2> polled{{{socket, events, 0}, {patience.given_up, POLLIN, 0}}};
  const nfds_t count = patience.given_up >= 0 ? 2 : 1;
  while (true) {
    const int ready = ::poll(polled.data(), count, poll_timeout(patience));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return ChannelFault::kInvalid;
    if (count == 2 && polled[1].revents != 0) return ChannelFault::kGivenUp;
    if (polled[0].revents != 0) return std::nullopt;
    if (patience.deadline && Clock::now() >= *patience.deadline) return ChannelFault::kLate;
  }
}

ChannelFault fault_of_errno() {
  return errno == EPIPE || errno == ECONNRESET ? ChannelFault::kClosed : ChannelFault::kInvalid;
}

bool must_wait() { return errno == EAGAIN || errno == EWOULDBLOCK; }

union ControlBuffer {
  cmsghdr header;  // aligns the rest
  char bytes[CMSG_SPACE(sizeof(int) * Channel::kMaxDescriptors)];
};

void attach(msghdr& message, ControlBuffer& control, std::span<const int> descriptors) {
  std::memset(&control, 0, sizeof control);
  message.msg_control = control.bytes;
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

void detach(msghdr& message, std::vector<Descriptor>& descriptors) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
      descriptors.emplace_back(number);
    }
  }
}

// All of `bytes`. `descriptors` come with the first of them.
std::optional<ChannelFault> read_all(int socket, std::span<std::uint8_t> bytes,
                                     std::vector<Descriptor>* descriptors, const Patience& patience) {
  while (!bytes.empty()) {
    ControlBuffer control;
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    const ssize_t got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && must_wait()) {
      if (const auto fault = wait_for(socket, POLLIN, patience)) return fault;
      continue;
    }
    if (got < 0) return fault_of_errno();
    std::vector<Descriptor> unexpected;
    detach(message, descriptors != nullptr ? *descriptors : unexpected);
    if (got == 0) return ChannelFault::kClosed;
    if ((message.msg_flags & MSG_CTRUNC) != 0 || !unexpected.empty()) return ChannelFault::kInvalid;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return std::nullopt;
}

std::optional<ChannelFault> write_all(int socket, ByteView bytes, std::span<const int> descriptors,
                                      const Patience& patience) {
  while (!bytes.empty()) {
    ControlBuffer control;
    iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) attach(message, control, descriptors);
    const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && must_wait()) {
      if (const auto fault = wait_for(socket, POLLOUT, patience)) return fault;
      continue;
    }
    if (sent < 0) return fault_of_errno();
    descriptors = {};
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ChannelFault> wait_until_readable(int descriptor, const Patience& patience) {
  return wait_for(descriptor, POLLIN, patience);
}

std::optional<std::pair<Channel, Channel>> Channel::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
  return std::pair(Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1])));
}

std::optional<ChannelFault> Channel::send(FrameKind kind, ByteView payload, std::span<const int> descriptors,
                                          const Patience& patience) const {
  const Header header{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(payload.size())};
  Bytes bytes(sizeof header + payload.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof header);
  return write_all(socket_.get(), bytes, descriptors, patience);
}

Channel::Received Channel::receive(std::size_t max_bytes, const Patience& patience) const {
  Header header{};
  Frame frame;
  std::uint8_t raw[sizeof header];
  if (const auto fault = read_all(socket_.get(), raw, &frame.descriptors, patience)) return {{}, *fault};
  std::memcpy(&header, raw, sizeof header);
  if (header.kind > static_cast<std::uint32_t>(kLastFrameKind) || header.payload_bytes > max_bytes) {
    return {{}, ChannelFault::kInvalid};
  }
  frame.kind = static_cast<FrameKind>(header.kind);
  while (frame.payload.size() < header.payload_bytes) {
    const std::size_t before = frame.payload.size();
    frame.payload.resize(std::min<std::size_t>(before + kStepBytes, header.payload_bytes));
    const auto step = std::span(frame.payload).subspan(before);
    if (const auto fault = read_all(socket_.get(), step, nullptr, patience)) return {{}, *fault};
  }
  return {std::move(frame), {}};
}

}  // namespace face_privacy
