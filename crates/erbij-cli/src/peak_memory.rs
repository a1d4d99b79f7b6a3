//! How much memory this process has held at most, where the system tells.

/// The most memory this process has had resident, in bytes; none where that cannot be known.
pub(crate) fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(1024 * kilobytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn it_is_at_least_what_is_held() {
        let held = vec![1_u8; 64 << 20];
        assert!(held.len() as u64 <= peak_rss_bytes().expect("Linux tells"));
    }
}
