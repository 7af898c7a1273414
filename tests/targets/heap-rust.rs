// SPDX-License-Identifier: GPL-2.0-or-later
//! heap-rust: at "go" uses the heap in ways of Rust, and tells what its own allocator has counted, which
//! hands all on to the C library; as heap-calls does.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::io::FromRawFd;
use std::panic;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static ALLOCS: AtomicUsize = AtomicUsize::new(0);
static FREES: AtomicUsize = AtomicUsize::new(0);
static ALLOC_BYTES: AtomicUsize = AtomicUsize::new(0);
static FREE_BYTES: AtomicUsize = AtomicUsize::new(0);
static mut LAST: usize = 0;

struct Counter;

fn count(allocs: &AtomicUsize, bytes: &AtomicUsize, size: usize) {
    allocs.fetch_add(1, Relaxed);
    bytes.fetch_add(size, Relaxed);
}

unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCS, &ALLOC_BYTES, layout.size());
        System.alloc(layout)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCS, &ALLOC_BYTES, layout.size());
        System.alloc_zeroed(layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(&FREES, &FREE_BYTES, layout.size());
        System.dealloc(block, layout)
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&FREES, &FREE_BYTES, layout.size());
        count(&ALLOCS, &ALLOC_BYTES, size);
        System.realloc(block, layout, size)
    }
}

#[global_allocator]
static COUNTER: Counter = Counter;

#[allow(dead_code)]
#[repr(align(128))]
struct Aligned {
    bytes: [u8; 512],
}

/// For the optimizer, which would leave out what nobody uses, though it is counted.
fn keep(address: usize) {
    unsafe { std::ptr::write_volatile(std::ptr::addr_of_mut!(LAST), address) }
}

/// Blocks that grow, are zeroed, aligned, shared, and never freed.
#[inline(never)]
fn leak_blocks() {
    for i in 0..100 {
        keep(Box::into_raw(Box::new(Aligned { bytes: [i; 512] })) as usize);
        keep(Box::leak(vec![0u8; 1000].into_boxed_slice()).as_ptr() as usize);
    }
}

#[inline(never)]
fn use_collections() -> usize {
    let mut names: HashMap<u32, String> = HashMap::new();
    let mut ordered = BTreeMap::new();
    let mut grown = Vec::new();
    for i in 0..5000u32 {
        names.insert(i, format!("name {}", i));
        ordered.insert(i % 1000, Rc::new([i; 10]));
        grown.push(u64::from(i) * 50);
    }
    names.retain(|number, _| number % 3 == 0);
    grown.shrink_to_fit();
    names.len() + ordered.len() + grown.len()
}

fn fail(depth: u32, held: Vec<Box<u32>>) -> u32 {
    if depth == 0 {
        panic!("{} blocks are held", held.len());
    }
    let mut more = held;
    more.push(Box::new(depth));
    fail(depth - 1, more) + 1
}

/// Unwinding through frames that hold blocks.
fn panic_and_catch() -> usize {
    (0..100).filter(|i| panic::catch_unwind(|| fail(i % 7, Vec::new())).is_err()).count()
}

fn tell(out: &mut File, key: &str, value: usize) {
    writeln!(out, "{}={}", key, value).unwrap();
}

fn await_line(input: &mut File) -> bool {
    let mut byte = [0u8];
    while input.read(&mut byte).unwrap() == 1 {
        if byte[0] == b'\n' {
            return true;
        }
    }
    false
}

fn counts() -> [usize; 4] {
    [&ALLOCS, &FREES, &ALLOC_BYTES, &FREE_BYTES].map(|counter| counter.load(Relaxed))
}

fn main() {
    let (mut input, mut out) = unsafe { (File::from_raw_fd(0), File::from_raw_fd(1)) };
    panic::set_hook(Box::new(|_| ()));
    let before = counts();
    tell(&mut out, "pid", std::process::id() as usize);
    writeln!(out, "at=ready").unwrap();
    while await_line(&mut input) {
        leak_blocks();
        let total = use_collections() + panic_and_catch();
        let after = counts();
        for (i, key) in ["allocs", "frees", "alloc-bytes", "free-bytes"].iter().enumerate() {
            tell(&mut out, key, after[i] - before[i]);
        }
        tell(&mut out, "total", total);
        writeln!(out, "at=done").unwrap();
    }
}
