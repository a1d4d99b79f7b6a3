//! From parameters to files: customers in order, a block at a time.
//!
//! A block is as many customers as give about a row group of lines. Its customers are simulated in
//! parallel, each from its own stream of chance, and put back in order before anything is written; so
//! neither memory nor bytes depend on the number of lines or of threads.

use std::path::Path;

use rayon::prelude::*;

use crate::catalogue::Shop;
use crate::customer::Customer;
use crate::dirt::{DirtCounts, N_KINDS, Plan, soil};
use crate::folder::ShopFolder;
use crate::history::{History, Interval, Tally, walk};
use crate::lines::{Line, order_columns, order_fields};
use crate::table::TableWriter;
use crate::truth::{self, customer_columns, customer_fields, interval_columns, interval_fields};
use crate::truth::{true_customer_columns, true_customer_fields};
use crate::views::{View, event_columns, event_fields};
use crate::{CheckedShopParams, ShopError, ShopSummary, item_rows, truth_page};

/// Lines of a row group.
const GROUP_LINES: usize = 1 << 20;
/// Customers of a block at most, however little they buy.
const BLOCK_CUSTOMERS: usize = 1 << 16;
/// Customers that one task simulates.
const TASK_CUSTOMERS: usize = 64;
/// Customers whose intervals are written to the truth, about.
const INTERVAL_CUSTOMERS: u32 = 100_000;

/// Simulates a shop and writes it to a folder.
///
/// The folder must be absent, empty, or a simulated shop, whose files are then replaced; other files in it
/// stay. Files get their names when all are complete. `on_progress` hears how many lines are written.
/// The same parameters give the same bytes.
///
/// Time is linear in lines; memory is linear in items plus eight bytes a customer.
pub fn simulate(
    params: &CheckedShopParams,
    out: &Path,
    on_progress: &mut dyn FnMut(u64),
) -> Result<ShopSummary, ShopError> {
    let mut folder = ShopFolder::create(out)?;
    let shop = Shop::create(params);
    item_rows::write_items(&folder.file("items.parquet"), &shop, params)?;

    let tally = Tally::of(&shop);
    let mut files = Files::create(&mut folder)?;
    let mut budgets = Budgets::create(&shop, params);
    let mut totals = Totals::default();
    while let Some(block) = budgets.next_block() {
        let tasks: Vec<TaskResult> = block
            .par_chunks(TASK_CUSTOMERS)
            .map(|customers| run_task(&shop, params, customers, &tally))
            .collect();
        files.take_block(&shop, params, tasks, &mut totals, on_progress)?;
    }
    files.finish(&shop, on_progress)?;

    truth::write_relations(&folder.file("truth/relations.parquet"), &shop, &tally)?;
    truth::write_items(&folder.file("truth/items.parquet"), &shop, params, &tally)?;
    truth::write_promotions(&folder.file("truth/promotions.parquet"), &shop, params)?;
    truth::write_dirt(&folder.file("truth/dirt.parquet"), &totals.dirt)?;
    let summary = totals.summary(&shop, params);
    folder.write_text("truth/README.md", &truth_page::page(params, &summary))?;
    folder.finish(params)?;
    Ok(summary)
}

/// How many lines each customer gets: one, and a share of the rest by weight. Rounding is done on running
/// sums, so that the total is exact without a second look at anybody.
struct Budgets {
    weights: Vec<f64>,
    total_weight: f64,
    /// Lines beyond one for each customer.
    spare_lines: u64,
    next: usize,
    weight_so_far: f64,
    spare_so_far: u64,
}

impl Budgets {
    fn create(shop: &Shop, params: &CheckedShopParams) -> Self {
        let n = params.get().n_customers;
        let weights: Vec<f64> =
            (0..n).into_par_iter().map(|number| Customer::create(shop, params, number).weight).collect();
        Self {
            total_weight: weights.iter().sum(),
            weights,
            spare_lines: params.get().n_lines - u64::from(n),
            next: 0,
            weight_so_far: 0.0,
            spare_so_far: 0,
        }
    }

    /// The next customers by number, each with its lines.
    fn next_block(&mut self) -> Option<Vec<(u32, usize)>> {
        let mut block = Vec::new();
        let mut n_lines = 0;
        while self.next < self.weights.len() && n_lines < GROUP_LINES && block.len() < BLOCK_CUSTOMERS {
            self.weight_so_far += self.weights[self.next];
            let share = (self.weight_so_far / self.total_weight).min(1.0);
            let is_last = self.next + 1 == self.weights.len();
            let until =
                if is_last { self.spare_lines } else { (self.spare_lines as f64 * share).floor() as u64 };
            let lines = 1 + (until - self.spare_so_far) as usize;
            self.spare_so_far = until;
            block.push((self.next as u32, lines));
            n_lines += lines;
            self.next += 1;
        }
        (!block.is_empty()).then_some(block)
    }
}

/// What some neighbouring customers did.
struct TaskResult {
    customers: Vec<Customer>,
    history: History,
    dirt: DirtCounts,
}

fn run_task(shop: &Shop, params: &CheckedShopParams, block: &[(u32, usize)], tally: &Tally) -> TaskResult {
    let mut all = TaskResult { customers: Vec::new(), history: History::default(), dirt: [0; N_KINDS] };
    for &(number, n_lines) in block {
        let mut customer = Customer::create(shop, params, number);
        let mut plan_rng = customer.history_rng(params);
        // Far behind what the walk of any customer uses up.
        plan_rng.set_word_pos(1 << 60);
        let plan = Plan::draw(params, n_lines, &mut plan_rng);
        let (mut history, mut rng) = walk(shop, params, &customer, n_lines - plan.n_lines(), tally);
        customer.order_rate = history.n_orders as f64 / (customer.left_day - customer.arrived_day);
        soil(params, &plan, &mut history, &mut rng, &mut all.dirt);
        assert_eq!(history.lines.len(), n_lines, "a customer uses up the lines exactly");
        let first_order = all.history.n_orders;
        all.history
            .lines
            .extend(history.lines.into_iter().map(|line| Line { order: line.order + first_order, ..line }));
        all.history.views.extend(
            history.views.into_iter().map(|view| View { session: view.session + first_order, ..view }),
        );
        all.history.intervals.append(&mut history.intervals);
        all.history.n_orders += history.n_orders;
        all.customers.push(customer);
    }
    all
}

/// What was written so far.
#[derive(Default)]
struct Totals {
    n_lines: u64,
    n_orders: u64,
    n_events: u64,
    dirt: DirtCounts,
}

impl Totals {
    fn summary(&self, shop: &Shop, params: &CheckedShopParams) -> ShopSummary {
        ShopSummary {
            n_lines: self.n_lines,
            n_orders: self.n_orders,
            n_customers: params.get().n_customers,
            n_catalogue_rows: shop.row_items.len() as u64,
            n_events: self.n_events,
            n_relations: shop.relations.len() as u64,
            dirt: crate::dirt::kind_names().map(str::to_owned).zip(self.dirt).collect(),
        }
    }
}

/// The files that grow with the customers.
struct Files {
    orders: TableWriter,
    events: TableWriter,
    customers: TableWriter,
    true_customers: TableWriter,
    intervals: TableWriter,
    /// Lines that do not fill a row group yet.
    lines: Vec<Line>,
    n_written: u64,
}

impl Files {
    fn create(folder: &mut ShopFolder) -> Result<Self, ShopError> {
        let mut table = |name, fields, distinct: &[&'static str]| {
            TableWriter::create(folder.file(name), fields, distinct)
        };
        Ok(Self {
            orders: table("orders.parquet", order_fields(), &["order_id"])?,
            events: table("events.parquet", event_fields(), &["session_id"])?,
            customers: table("customers.parquet", customer_fields(), &["customer_id"])?,
            true_customers: table("truth/customers.parquet", true_customer_fields(), &["customer_id"])?,
            intervals: table("truth/intervals.parquet", interval_fields(), &[])?,
            lines: Vec::new(),
            n_written: 0,
        })
    }

    /// Writes what a block of customers did, but for the lines that do not fill a row group.
    fn take_block(
        &mut self,
        shop: &Shop,
        params: &CheckedShopParams,
        tasks: Vec<TaskResult>,
        totals: &mut Totals,
        on_progress: &mut dyn FnMut(u64),
    ) -> Result<(), ShopError> {
        let (mut customers, mut views, mut intervals) = (Vec::new(), Vec::new(), Vec::new());
        let every = (params.get().n_customers / INTERVAL_CUSTOMERS).max(1);
        for TaskResult { customers: of_task, history, dirt } in tasks {
            let first_order = totals.n_orders;
            totals.n_orders += history.n_orders;
            totals.n_lines += history.lines.len() as u64;
            for (total, planted) in totals.dirt.iter_mut().zip(dirt) {
                *total += planted;
            }
            customers.extend(of_task);
            let lines = history.lines.into_iter();
            self.lines.extend(lines.map(|line| Line { order: line.order + first_order, ..line }));
            let seen = history.views.into_iter();
            views.extend(seen.map(|view| View { session: view.session + first_order, ..view }));
            intervals.extend(
                history.intervals.into_iter().filter(|of: &Interval| of.customer.is_multiple_of(every)),
            );
        }
        totals.n_events += views.len() as u64;
        self.customers.write_group(&customer_columns(params, &customers))?;
        self.true_customers.write_group(&true_customer_columns(shop, params, &customers))?;
        if !intervals.is_empty() {
            self.intervals.write_group(&interval_columns(&intervals))?;
        }
        if !views.is_empty() {
            self.events.write_group(&event_columns(&views))?;
        }
        while GROUP_LINES <= self.lines.len() {
            self.write_lines(shop, GROUP_LINES, on_progress)?;
        }
        Ok(())
    }

    fn write_lines(
        &mut self,
        shop: &Shop,
        n: usize,
        on_progress: &mut dyn FnMut(u64),
    ) -> Result<(), ShopError> {
        self.orders.write_group(&order_columns(shop, &self.lines[..n]))?;
        self.lines.drain(..n);
        self.n_written += n as u64;
        on_progress(self.n_written);
        Ok(())
    }

    /// Writes what is left and completes the files.
    fn finish(mut self, shop: &Shop, on_progress: &mut dyn FnMut(u64)) -> Result<(), ShopError> {
        let rest = self.lines.len();
        if 0 < rest {
            self.write_lines(shop, rest, on_progress)?;
        }
        for file in [self.orders, self.events, self.customers, self.true_customers, self.intervals] {
            file.finish()?;
        }
        Ok(())
    }
}
