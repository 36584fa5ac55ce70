// RocksDB: sorted tables, read by pread(2), by a mapping, or past the page cache.
//   read: way=pread|mmap|direct, cache_mib=8 (the block cache; a mapping has no use for it)
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <filesystem>
#include <memory>

#include "store.hpp"

namespace {

using drivers::Options;

void check(const rocksdb::Status& status, const char* doing) {
  if (!status.ok()) throw std::runtime_error(std::string(doing) + ": " + status.ToString());
}

// RocksDB keeps a log of itself beside the tables: the folder would be another one after each trial.
class Silent final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options settings(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.no_block_cache = cache == nullptr;
  rocksdb::Options settings;
  settings.info_log = std::make_shared<Silent>();
  settings.compression = rocksdb::kNoCompression;  // a mapped block is then used where it is
  settings.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return settings;
}

class RocksStore final : public drivers::Store {
 public:
  RocksStore(const std::string& path, const Options& options) {
    const std::string way = options.text("way", "pread");
    rocksdb::Options chosen = settings(rocksdb::NewLRUCache(options.number("cache_mib", 8) << 20));
    chosen.allow_mmap_reads = way == "mmap";
    chosen.use_direct_reads = way == "direct";
    rocksdb::DB* database = nullptr;
    check(rocksdb::DB::OpenForReadOnly(chosen, path, &database), "open");
    database_.reset(database);
  }

  std::uint64_t look_up(std::uint64_t key) override {
    check(database_->Get(rocksdb::ReadOptions(), database_->DefaultColumnFamily(), drivers::key_text(key),
                         &value_),
          "look up");
    const std::uint64_t sum = drivers::sum_of(value_.data(), value_.size());
    value_.Reset();
    return sum;
  }
  std::uint64_t scan() override {
    rocksdb::ReadOptions once;
    once.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(once));
    std::uint64_t sum = 0;
    for (at->SeekToFirst(); at->Valid(); at->Next())
      sum += drivers::sum_of(at->value().data(), at->value().size());
    check(at->status(), "scan");
    return sum;
  }

 private:
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::PinnableSlice value_;
};

void make(const std::string& path, const Options& options) {
  std::filesystem::remove_all(path);
  rocksdb::Options chosen = settings(nullptr);
  chosen.create_if_missing = true;
  chosen.PrepareForBulkLoad();
  rocksdb::DB* opened = nullptr;
  check(rocksdb::DB::Open(chosen, path, &opened), "open");
  const std::unique_ptr<rocksdb::DB> database(opened);
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  std::vector<std::uint64_t> words;
  for (std::uint64_t key = 0; key < drivers::records_of(options); ++key) {
    drivers::fill_value(key, words);
    const rocksdb::Slice value(reinterpret_cast<const char*>(words.data()), drivers::kValueBytes);
    check(database->Put(unlogged, drivers::key_text(key), value), "insert");
  }
  check(database->Flush(rocksdb::FlushOptions()), "flush");
  check(database->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr), "compact");
}

void read(const std::string& path, const Options& options) {
  RocksStore store(path, options);
  drivers::work_on(store, options);
}

}  // namespace

int main(int argc, char** argv) { return drivers::run(argc, argv, {make, read}); }
