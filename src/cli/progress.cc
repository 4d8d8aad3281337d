#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace face_privacy {
namespace {

constexpr int kBarWidth = 24;

std::string clock_text(double seconds) {
  const long whole = std::lround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(int photo_count) : is_terminal_(::isatty(STDERR_FILENO) != 0), photo_count_(photo_count) {
  const std::lock_guard lock(mutex_);
  draw();
}

Progress::~Progress() { clear(); }

void Progress::photo_done(int face_count) {
  const std::lock_guard lock(mutex_);
  ++done_;
  faces_ += face_count;
  clear();
  clip_.clear();
  draw();
}

void Progress::frame_done(const std::string& clip, const char* stage, std::int64_t frames,
                          std::int64_t expected) {
  constexpr std::chrono::milliseconds kBetweenLines(200);
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (std::string name = clip + ": " + stage; name != stage_) {
    stage_ = std::move(name);
    stage_start_ = now;
  }
  if (!is_terminal_ || now - last_drawn_ < kBetweenLines) return;
  last_drawn_ = now;
  const double rate =
      static_cast<double>(frames) / std::max(1e-3, std::chrono::duration<double>(now - stage_start_).count());
  std::array<char, 96> text{};
  if (expected >= frames && rate > 0) {
    std::snprintf(text.data(), text.size(), ", frame %lld/%lld, %.1f/s, %s left",
                  static_cast<long long>(frames), static_cast<long long>(expected), rate,
                  clock_text(static_cast<double>(expected - frames) / rate).c_str());
  } else {
    std::snprintf(text.data(), text.size(), ", frame %lld, %.1f/s", static_cast<long long>(frames), rate);
  }
  clip_ = stage_ + text.data();
  draw();
}

void Progress::clear() {
  if (is_visible()) std::fputs("\r\033[K", stderr);
}

void Progress::draw() {
  if (!is_visible()) return;
  if (photo_count_ == 1) {
    std::fprintf(stderr, "\r\033[K%s", clip_.c_str());
    std::fflush(stderr);
    return;
  }
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const int filled = photo_count_ > 0 ? kBarWidth * done_ / photo_count_ : kBarWidth;
  const std::string bar(static_cast<std::size_t>(filled), '#');
  std::fprintf(stderr, "\r\033[K[%-*s] %d/%d photos, %d faces", kBarWidth, bar.c_str(), done_, photo_count_,
               faces_);
  if (done_ > 0 && done_ < photo_count_) {
    const double rate = done_ / std::max(elapsed, 1e-3);
    std::fprintf(stderr, ", %.1f/s, %s left", rate, clock_text((photo_count_ - done_) / rate).c_str());
  }
  if (!clip_.empty()) std::fprintf(stderr, "; %s", clip_.c_str());
  std::fflush(stderr);
}

}  // namespace face_privacy
