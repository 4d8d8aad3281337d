#include "pipeline/clip_feed.h"

#include <utility>

#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

// Enough for both sides to be busy, few enough for 4K: a frame has 12 MB there.
constexpr std::size_t kItemsAhead = 6;

}  // namespace

ClipFeed::ClipFeed(Demuxer& demuxer, Decoder decoder)
    : demuxer_(demuxer), decoder_(std::move(decoder)), queue_(kItemsAhead) {}

ClipFeed::~ClipFeed() { queue_.close(); }

Result<std::unique_ptr<ClipFeed>> ClipFeed::start(Demuxer& demuxer, Thread thread) {
  auto decoder = Decoder::open(demuxer, 1);
  if (!decoder) return fail(decoder);
  std::unique_ptr<ClipFeed> feed(new ClipFeed(demuxer, std::move(*decoder)));
  if (thread == Thread::kOwn) feed->thread_ = std::jthread([&feed = *feed] { feed.run(); });
  return feed;
}

void ClipFeed::run() {
  for (bool is_last = false; !is_last;) {
    Outcome outcome{std::exception_ptr()};
    try {
      auto item = read_timed();
      is_last = !item || !*item;
      outcome.emplace<0>(std::move(item));
    } catch (...) {
      is_last = true;
      outcome.emplace<1>(std::current_exception());
    }
    if (!queue_.push(std::move(outcome))) return;
  }
  queue_.end();
}

Result<std::optional<ClipItem>> ClipFeed::next() {
  if (!thread_.joinable()) return read_timed();
  auto outcome = queue_.pop();
  if (!outcome) return std::optional<ClipItem>();
  if (auto* error = std::get_if<std::exception_ptr>(&*outcome)) std::rethrow_exception(*error);
  return std::get<0>(std::move(*outcome));
}

Result<std::optional<ClipItem>> ClipFeed::read_timed() {
  CpuStopwatch watch;
  auto item = read();
  watch.lap(decode_time_);
  return item;
}

Result<std::optional<ClipItem>> ClipFeed::read() {
  for (;;) {
    auto frame = decoder_.receive();
    if (!frame) return fail(frame);
    if (*frame) return std::optional<ClipItem>(std::move(**frame));
    if (is_drained_) return std::optional<ClipItem>();
    auto packet = demuxer_.read();
    if (!packet) return fail(packet);
    if (*packet && (*packet)->kind() != StreamKind::kVideo)
      return std::optional<ClipItem>(std::move(**packet));
    is_drained_ = !*packet;
    if (auto sent = decoder_.send(*packet ? &**packet : nullptr); !sent) return fail(sent);
  }
}

}  // namespace face_privacy
