#include "feedback/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr int kBusyMs = 5000;  // another process may be exporting
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

// WITHOUT ROWID: rows lie in the order of random ids, so that nothing says in which order they came.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS reports(
  id TEXT PRIMARY KEY, token BLOB NOT NULL, day INTEGER NOT NULL, data_set INTEGER,
  width INTEGER NOT NULL, height INTEGER NOT NULL, profile TEXT NOT NULL, model TEXT NOT NULL,
  min_score INTEGER NOT NULL, candidates_from INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boxes(
  report TEXT NOT NULL REFERENCES reports(id) ON DELETE CASCADE, number INTEGER NOT NULL,
  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  action INTEGER NOT NULL, score INTEGER, PRIMARY KEY(report, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed_over(
  report TEXT NOT NULL REFERENCES reports(id) ON DELETE CASCADE, number INTEGER NOT NULL,
  score INTEGER NOT NULL, PRIMARY KEY(report, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crops(
  report TEXT NOT NULL REFERENCES reports(id) ON DELETE CASCADE, number INTEGER NOT NULL, day INTEGER NOT NULL,
  x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  sealed BLOB NOT NULL, PRIMARY KEY(report, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_sets(number INTEGER PRIMARY KEY, day INTEGER NOT NULL);
)";
constexpr std::int64_t kApplicationId = 1179665990;  // "FPFF"
constexpr std::int64_t kSchemaVersion = 1;

// Thrown and caught in this file only: any call of SQLite may fail, and there is one way out.
struct Fault {
  int code;
};

tl::unexpected<Error> error_of(const Fault& fault) {
  switch (fault.code & 0xFF) {
    case SQLITE_FULL: return fail(ErrorCode::kTooManyBytes, "the feedback file is full");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT: return fail(ErrorCode::kInvalidOption, "it is no feedback file, or a damaged one");
    case SQLITE_BUSY: return fail(ErrorCode::kIo, "another process holds the feedback file");
    default: return fail(ErrorCode::kIo, std::string("the feedback file: ") + sqlite3_errstr(fault.code));
  }
}

// What `work` gives, or the error that it was thrown out with.
template <class Work>
auto guarded(Work&& work) -> Result<decltype(work())> {
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const Fault& fault) {
    return error_of(fault);
  }
}

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

// One statement, its parameters bound in order.
class Query {
 public:
  Query(sqlite3* database, const char* text) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database, text, -1, &statement, nullptr));
    statement_.reset(statement);
  }

  Query& bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
    return *this;
  }
  Query& bind(std::optional<int> value) {
    if (value) return bind(std::int64_t{*value});
    check(sqlite3_bind_null(statement_.get(), ++bound_));
    return *this;
  }
  Query& bind(std::string_view text) {
    check(sqlite3_bind_text(statement_.get(), ++bound_, text.data(), static_cast<int>(text.size()),
                            SQLITE_TRANSIENT));
    return *this;
  }
  Query& bind(ByteView bytes) {
    check(sqlite3_bind_blob(statement_.get(), ++bound_, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_TRANSIENT));
    return *this;
  }

  // Whether there is another row.
  bool step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw Fault{code};
    return false;
  }
  void run() {
    while (step()) {
    }
  }

  std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  int whole(int column) const { return sqlite3_column_int(statement_.get(), column); }
  std::optional<int> maybe(int column) const {
    if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
    return whole(column);
  }
  std::string text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return data == nullptr ? std::string()
                           : std::string(data, sqlite3_column_bytes(statement_.get(), column));
  }
  Bytes bytes(int column) const {
    const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    return data == nullptr ? Bytes() : Bytes(data, data + sqlite3_column_bytes(statement_.get(), column));
  }

 private:
  static void check(int code) {
    if (code != SQLITE_OK) throw Fault{code};
  }
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement_;
  int bound_ = 0;
};

void execute(sqlite3* database, const char* text) {
  const int code = sqlite3_exec(database, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw Fault{code};
}

// All of it, or nothing.
class Transaction {
 public:
  explicit Transaction(sqlite3* database) : database_(database) { execute(database_, "BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (!done_) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    execute(database_, "COMMIT");
    done_ = true;
  }

 private:
  sqlite3* database_;
  bool done_ = false;
};

std::int64_t single_number(sqlite3* database, const char* text) {
  Query query(database, text);
  return query.step() ? query.number(0) : 0;
}

// A new file is its owner's alone from its first moment on.
Result<void> make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return fail(ErrorCode::kIo, "the file cannot be made or written");
  struct stat status {};
  const bool known = ::fstat(file, &status) == 0;
  ::close(file);
  if (!known || !S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalidOption, "it is no plain file");
  if ((status.st_mode & kOthers) == 0) return {};
  return fail(ErrorCode::kInvalidOption, "others than its owner can read or change this file; chmod 600");
}

class SqliteStore final : public FeedbackStore {
 public:
  // Throws Fault.
  SqliteStore(const std::string& path, const FeedbackLimits& limits);

  Result<Added> add(const FeedbackReport& report, Day day, std::span<const SealedCrop> crops,
                    const StopCondition& stop) override;
  Result<Erased> erase(std::string_view id, std::string_view erase_token, const StopCondition& stop) override;
  Result<std::int64_t> purge(Day day, const StopCondition& stop) override;
  Result<void> each(const std::function<void(const StoredReport&)>& visit) const override;
  Result<void> each_crop(const std::function<void(const StoredCrop&)>& visit) const override;
  Result<std::optional<StoredReport>> find(std::string_view id, const StopCondition& stop) const override;
  Result<int> begin_data_set(std::span<const std::string> ids, Day day) override;
  Result<Load> load() const override;

 private:
  sqlite3* db() const { return database_.get(); }

  void open(const std::string& path);
  void add_schema() const;
  void limit(std::uint64_t max_bytes) const;
  void insert(const FeedbackReport& report, std::string_view id, const Sha256& token, Day day) const;
  void insert(const SealedCrop& crop, std::string_view id, Day day) const;
  StoredReport read(const Query& row) const;
  void clear_log() const;

  std::unique_ptr<sqlite3, CloseDatabase> database_;
  const Day keep_days_;
  const Day keep_crop_days_;
  mutable std::mutex mutex_;
};

SqliteStore::SqliteStore(const std::string& path, const FeedbackLimits& limits)
    : keep_days_(limits.keep_days), keep_crop_days_(limits.keep_crop_days) {
  open(path);
  add_schema();
  limit(limits.max_bytes);
}

void SqliteStore::open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
  database_.reset(opened);
  if (code != SQLITE_OK) throw Fault{code};
  sqlite3_busy_timeout(opened, kBusyMs);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  execute(opened, "PRAGMA secure_delete = ON");
  execute(opened, "PRAGMA journal_mode = WAL");
  execute(opened, "PRAGMA foreign_keys = ON");
}

void SqliteStore::add_schema() const {
  Transaction transaction(db());
  if (single_number(db(), "SELECT count(*) FROM sqlite_schema") == 0) {
    execute(db(), "PRAGMA application_id = 1179665990; PRAGMA user_version = 1");
  }
  if (single_number(db(), "PRAGMA application_id") != kApplicationId ||
      single_number(db(), "PRAGMA user_version") != kSchemaVersion) {
    throw Fault{SQLITE_NOTADB};
  }
  execute(db(), kSchema);
  transaction.commit();
}

void SqliteStore::limit(std::uint64_t max_bytes) const {
  const std::int64_t page_bytes = std::max<std::int64_t>(1, single_number(db(), "PRAGMA page_size"));
  const std::string text =
      "PRAGMA max_page_count = " + std::to_string(static_cast<std::int64_t>(max_bytes) / page_bytes);
  execute(db(), text.c_str());
}

void SqliteStore::insert(const FeedbackReport& report, std::string_view id, const Sha256& token,
                         Day day) const {
  Query(db(), "INSERT INTO reports VALUES(?, ?, ?, NULL, ?, ?, ?, ?, ?, ?)")
      .bind(id)
      .bind(ByteView(token))
      .bind(std::int64_t{day})
      .bind(std::int64_t{report.photo.width})
      .bind(std::int64_t{report.photo.height})
      .bind(std::string_view(report.profile))
      .bind(std::string_view(report.model))
      .bind(std::int64_t{report.min_score})
      .bind(report.candidates ? std::optional(report.candidates->from) : std::nullopt)
      .run();
  std::int64_t number = 0;
  for (const CorrectedBox& box : report.boxes) {
    Query(db(), "INSERT INTO boxes VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(id)
        .bind(number++)
        .bind(std::int64_t{box.box.x})
        .bind(std::int64_t{box.box.y})
        .bind(std::int64_t{box.box.width})
        .bind(std::int64_t{box.box.height})
        .bind(static_cast<std::int64_t>(box.action))
        .bind(box.score)
        .run();
  }
  if (!report.candidates) return;
  number = 0;
  for (const Percent score : report.candidates->passed_over) {
    Query(db(), "INSERT INTO passed_over VALUES(?, ?, ?)")
        .bind(id)
        .bind(number++)
        .bind(std::int64_t{score})
        .run();
  }
}

void SqliteStore::insert(const SealedCrop& crop, std::string_view id, Day day) const {
  Query(db(), "INSERT INTO crops VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id)
      .bind(static_cast<std::int64_t>(crop.number))
      .bind(std::int64_t{day})
      .bind(std::int64_t{crop.box.x})
      .bind(std::int64_t{crop.box.y})
      .bind(std::int64_t{crop.box.width})
      .bind(std::int64_t{crop.box.height})
      .bind(ByteView(crop.sealed))
      .run();
}

constexpr const char* kAllColumns =
    "SELECT id, day, data_set, width, height, profile, model, min_score, candidates_from FROM reports";

StoredReport SqliteStore::read(const Query& row) const {
  StoredReport stored{row.text(0), row.whole(1), row.maybe(2), {}};
  FeedbackReport& report = stored.report;
  report.photo = {row.whole(3), row.whole(4)};
  report.profile = row.text(5);
  report.model = row.text(6);
  report.min_score = row.whole(7);
  Query boxes(db(), "SELECT x, y, width, height, action, score FROM boxes WHERE report = ? ORDER BY number");
  boxes.bind(std::string_view(stored.id));
  while (boxes.step()) {
    const auto unit = [&](int column) { return static_cast<std::uint8_t>(boxes.whole(column)); };
    report.boxes.push_back(
        {{unit(0), unit(1), unit(2), unit(3)}, static_cast<Correction>(boxes.whole(4) & 3), boxes.maybe(5)});
  }
  if (const auto from = row.maybe(8)) {
    report.candidates = Candidates{*from, {}};
    Query scores(db(), "SELECT score FROM passed_over WHERE report = ? ORDER BY number");
    scores.bind(std::string_view(stored.id));
    while (scores.step()) report.candidates->passed_over.push_back(scores.whole(0));
  }
  return stored;
}

// Erased rows are overwritten in the file, and the log that still has them is emptied. Where another process
// is reading, this waits for it, and the next purge does the rest.
void SqliteStore::clear_log() const {
  sqlite3_wal_checkpoint_v2(db(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

Result<FeedbackStore::Added> SqliteStore::add(const FeedbackReport& report, Day day,
                                              std::span<const SealedCrop> crops,
                                              const StopCondition& /*stop*/) {
  Added added{random_hex(kReportIdBytes), to_base64url(random_bytes(kEraseTokenBytes))};
  const std::scoped_lock lock(mutex_);
  const auto stored = guarded([&] {
    Transaction transaction(db());
    insert(report, added.id, sha256(added.erase_token), day);
    for (const SealedCrop& crop : crops) insert(crop, added.id, day);
    transaction.commit();
  });
  if (!stored) return fail(stored);
  return added;
}

Result<FeedbackStore::Erased> SqliteStore::erase(std::string_view id, std::string_view erase_token,
                                                 const StopCondition& /*stop*/) {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    Transaction transaction(db());
    Query found(db(), "SELECT token FROM reports WHERE id = ?");
    if (!found.bind(id).step()) return Erased::kNoSuchReport;
    const Bytes kept = found.bytes(0);
    const Sha256 given = sha256(erase_token);
    Sha256 expected{};
    std::copy_n(kept.begin(), std::min(kept.size(), expected.size()), expected.begin());
    if (!equal_in_constant_time(given, expected)) return Erased::kWrongToken;
    found.run();
    Query(db(), "DELETE FROM reports WHERE id = ?").bind(id).run();
    transaction.commit();
    clear_log();
    return Erased::kYes;
  });
}

Result<std::int64_t> SqliteStore::purge(Day day, const StopCondition& /*stop*/) {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    Transaction transaction(db());
    Query(db(), "DELETE FROM crops WHERE day < ?").bind(std::int64_t{day} - keep_crop_days_).run();
    Query(db(), "DELETE FROM reports WHERE day < ?").bind(std::int64_t{day} - keep_days_).run();
    const std::int64_t purged = sqlite3_changes64(db());
    transaction.commit();
    clear_log();
    return purged;
  });
}

Result<void> SqliteStore::each(const std::function<void(const StoredReport&)>& visit) const {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    Query rows(db(), kAllColumns);
    while (rows.step()) visit(read(rows));
  });
}

Result<void> SqliteStore::each_crop(const std::function<void(const StoredCrop&)>& visit) const {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    Query rows(
        db(),
        "SELECT report, number, crops.x, crops.y, crops.width, crops.height, sealed, action FROM crops "
        "JOIN boxes USING (report, number)");
    while (rows.step()) {
      const Rect box{rows.whole(2), rows.whole(3), rows.whole(4), rows.whole(5)};
      visit({rows.text(0),
             static_cast<Correction>(rows.whole(7) & 3),
             {static_cast<std::size_t>(rows.number(1)), box, rows.bytes(6)}});
    }
  });
}

Result<std::optional<StoredReport>> SqliteStore::find(std::string_view id,
                                                      const StopCondition& /*stop*/) const {
  const std::scoped_lock lock(mutex_);
  return guarded([&]() -> std::optional<StoredReport> {
    Query row(db(), (std::string(kAllColumns) + " WHERE id = ?").c_str());
    if (!row.bind(id).step()) return std::nullopt;
    return read(row);
  });
}

Result<int> SqliteStore::begin_data_set(std::span<const std::string> ids, Day day) {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    Transaction transaction(db());
    Query(db(), "INSERT INTO data_sets(day) VALUES(?)").bind(std::int64_t{day}).run();
    const std::int64_t number = sqlite3_last_insert_rowid(db());
    for (const std::string& id : ids) {
      Query(db(), "UPDATE reports SET data_set = ? WHERE id = ? AND data_set IS NULL")
          .bind(number)
          .bind(std::string_view(id))
          .run();
    }
    transaction.commit();
    return static_cast<int>(number);
  });
}

Result<FeedbackStore::Load> SqliteStore::load() const {
  const std::scoped_lock lock(mutex_);
  return guarded([&] {
    const std::int64_t pages = single_number(db(), "PRAGMA page_count");
    const std::int64_t free_pages = single_number(db(), "PRAGMA freelist_count");
    const std::int64_t page_bytes = single_number(db(), "PRAGMA page_size");
    return Load{single_number(db(), "SELECT count(*) FROM reports"),
                static_cast<std::uint64_t>((pages - free_pages) * page_bytes)};
  });
}

}  // namespace

Result<std::unique_ptr<FeedbackStore>> open_sqlite_store(const std::string& path,
                                                         const FeedbackLimits& limits) {
  if (const auto made = make_private_file(path); !made) return fail(made);
  return guarded(
      [&]() -> std::unique_ptr<FeedbackStore> { return std::make_unique<SqliteStore>(path, limits); });
}

Result<std::unique_ptr<FeedbackStore>> open_existing_sqlite_store(const std::string& path) {
  if (::access(path.c_str(), R_OK | W_OK) != 0) {
    return fail(ErrorCode::kIo, "the file cannot be read and written, or is not there");
  }
  return open_sqlite_store(path, {.max_bytes = std::uint64_t{1} << 40});
}

}  // namespace face_privacy
