// SQLite: a table of records by their row's number, looked up or scanned, with or without memory-mapped I/O.
//   read: mmap=1 (PRAGMA mmap_size over the whole file), cache_kib=2000 (SQLite's own default)
#include <sqlite3.h>

#include <cstdio>
#include <memory>

#include "store.hpp"

namespace {

using drivers::Options;

class Database {
 public:
  Database(const std::string& path, int flags) {
    if (sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr) != SQLITE_OK) complain("open " + path);
  }
  Database(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  void execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) complain(sql);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) complain(sql);
    return statement;
  }
  [[noreturn]] void complain(const std::string& doing) const {
    throw std::runtime_error(doing + ": " + sqlite3_errmsg(handle_));
  }

 private:
  sqlite3* handle_ = nullptr;
};

class SqliteStore final : public drivers::Store {
 public:
  SqliteStore(const std::string& path, const Options& options) : database_(path, SQLITE_OPEN_READONLY) {
    database_.execute("PRAGMA cache_size = -" + std::to_string(options.number("cache_kib", 2000)));
    database_.execute("PRAGMA mmap_size = " +
                      std::to_string(options.number("mmap", 0) == 0 ? 0 : 2147418112));
    database_.execute("BEGIN");  // one read transaction: no lock is taken for each lookup
    look_up_ = database_.prepare("SELECT value FROM records WHERE key = ?");
    scan_ = database_.prepare("SELECT value FROM records ORDER BY key");
  }
  ~SqliteStore() override {
    sqlite3_finalize(look_up_);
    sqlite3_finalize(scan_);
  }

  std::uint64_t look_up(std::uint64_t key) override {
    sqlite3_reset(look_up_);
    sqlite3_bind_int64(look_up_, 1, static_cast<sqlite3_int64>(key));
    if (sqlite3_step(look_up_) != SQLITE_ROW) database_.complain("look up");
    return sum_of_row(look_up_);
  }
  std::uint64_t scan() override {
    sqlite3_reset(scan_);
    std::uint64_t sum = 0;
    while (sqlite3_step(scan_) == SQLITE_ROW) sum += sum_of_row(scan_);
    return sum;
  }

 private:
  static std::uint64_t sum_of_row(sqlite3_stmt* row) {
    return drivers::sum_of(sqlite3_column_blob(row, 0),
                           static_cast<std::size_t>(sqlite3_column_bytes(row, 0)));
  }

  Database database_;
  sqlite3_stmt* look_up_ = nullptr;
  sqlite3_stmt* scan_ = nullptr;
};

void make(const std::string& path, const Options& options) {
  std::remove(path.c_str());
  Database database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  database.execute(
      "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
      "CREATE TABLE records (key INTEGER PRIMARY KEY, value BLOB); BEGIN");
  sqlite3_stmt* insert = database.prepare("INSERT INTO records VALUES (?, ?)");
  std::vector<std::uint64_t> value;
  for (std::uint64_t key = 0; key < drivers::records_of(options); ++key) {
    drivers::fill_value(key, value);
    sqlite3_reset(insert);
    sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(key));
    sqlite3_bind_blob(insert, 2, value.data(), static_cast<int>(drivers::kValueBytes), SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) database.complain("insert");
  }
  sqlite3_finalize(insert);
  database.execute("COMMIT");
}

void read(const std::string& path, const Options& options) {
  SqliteStore store(path, options);
  drivers::work_on(store, options);
}

}  // namespace

int main(int argc, char** argv) { return drivers::run(argc, argv, {make, read}); }
