//! The pages in a real browser: the whole main job by three people, in both languages, by keyboard, on a narrow screen,
//! without JavaScript; every page against the rules of accessibility, and as a picture under `target/pages`.
//!
//! `tests/chromium.sh cargo test --test browser`; without a browser the tests fail, they never skip.

#[cfg(test)]
mod demonstration;
#[cfg(test)]
mod journey;
#[cfg(test)]
mod looks;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod window;
