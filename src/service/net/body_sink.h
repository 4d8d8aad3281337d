// Where a request's body goes as it comes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "service/admission/byte_budget.h"
#include "service/http/body_buffer.h"
#include "service/jobs/video_jobs.h"

namespace face_privacy {

enum class BodyEnd { kComplete, kGone, kTooSlow, kTooLarge, kNoRoom, kInvalid };

inline constexpr std::size_t kStepBytes = std::size_t{256} * 1024;  // read or written under one stall timeout

class BodySink {
 public:
  virtual ~BodySink() = default;
  // Room for 1 to `bytes` bytes, until the next call.
  virtual std::span<std::uint8_t> prepare(std::size_t bytes) = 0;
  // The first `bytes` of it came. A value: no more may come, and why.
  virtual std::optional<BodyEnd> commit(std::size_t bytes) = 0;
};

// Memory that is counted as it fills: what a client announces and holds back takes nothing from others.
class MemorySink : public BodySink {
 public:
  MemorySink(BodyBuffer& body, ByteBudget::Reservation& memory, std::size_t max_bytes)
      : body_(body), memory_(memory), max_bytes_(max_bytes) {}

  std::span<std::uint8_t> prepare(std::size_t bytes) override { return body_.prepare(bytes); }
  std::optional<BodyEnd> commit(std::size_t bytes) override {
    body_.commit(bytes);
    if (body_.size() > max_bytes_) return BodyEnd::kTooLarge;
    if (!memory_.try_grow(bytes)) return BodyEnd::kNoRoom;
    return std::nullopt;
  }

 private:
  BodyBuffer& body_;
  ByteBudget::Reservation& memory_;
  const std::size_t max_bytes_;
};

// A clip goes to its file as it comes in, and never lies in memory as a whole.
class UploadSink : public BodySink {
 public:
  UploadSink(VideoJobs::Upload& upload, std::uint64_t max_bytes)
      : upload_(upload), max_bytes_(max_bytes), step_(kStepBytes) {}

  std::span<std::uint8_t> prepare(std::size_t bytes) override {
    return std::span(step_).first(std::min(bytes, step_.size()));
  }
  std::optional<BodyEnd> commit(std::size_t bytes) override {
    received_ += bytes;
    if (received_ > max_bytes_) return BodyEnd::kTooLarge;
    auto kept = upload_.file.append(ByteView(step_).first(bytes));
    if (kept) return std::nullopt;
    fault_ = std::move(kept.error());
    return BodyEnd::kInvalid;
  }

  std::uint64_t received() const { return received_; }
  const std::optional<Error>& fault() const { return fault_; }  // of the file, where that is why no more may

 private:
  VideoJobs::Upload& upload_;
  const std::uint64_t max_bytes_;
  Bytes step_;
  std::uint64_t received_ = 0;
  std::optional<Error> fault_;
};

// Of a body that nobody wants any more so much is read past, so that the connection can go on.
class DiscardSink : public BodySink {
 public:
  explicit DiscardSink(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::span<std::uint8_t> prepare(std::size_t bytes) override {
    return std::span(scratch_).first(std::min(bytes, scratch_.size()));
  }
  std::optional<BodyEnd> commit(std::size_t bytes) override {
    discarded_ += bytes;
    if (discarded_ > max_bytes_) return BodyEnd::kTooLarge;
    return std::nullopt;
  }

 private:
  const std::size_t max_bytes_;
  std::size_t discarded_ = 0;
  std::array<std::uint8_t, std::size_t{64} * 1024> scratch_;
};

}  // namespace face_privacy
