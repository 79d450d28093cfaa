//! The rows of questions.csv, answers.csv and `answers_photos.csv`.

use super::row_writer::RowWriter;
use crate::generate::csv_writer::CsvWriter;
use crate::generate::quirks::LAST_ANSWER_FIRST;
use crate::generate::random::Random;
use crate::generate::shop::{IdCounter, RandomStream, Shop};
use crate::generate::words::links::Photo;
use crate::generate::words::people::{push_email, push_nickname};
use crate::generate::words::questions::{TOPICS, Topic, push_answer, push_question};

/// The range of times of questions: July 2018 to December 2020, in milliseconds since 1970.
const ASKED_MS: (u64, u64) = (1_530_403_200_000, 1_609_459_199_999);
/// The latest time of an answer after its question: sixty days.
const LATEST_ANSWER_MS: u64 = 60 * 24 * 60 * 60 * 1_000;

/// The properties of a question that its answers need too.
struct Question {
    asked_at_ms: u64,
    topic: Topic,
}

impl Question {
    /// Draws a question; these are the first draws of its row.
    fn draw(random: &mut Random) -> Self {
        let (first, last) = ASKED_MS;
        Self { asked_at_ms: random.between(first, last), topic: random.pick(&TOPICS) }
    }
}

#[derive(Default)]
pub(super) struct QuestionRows {
    questions: IdCounter,
}

impl RowWriter for QuestionRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        for id in self.questions.next(shop.questions(product)) {
            let mut random = shop.row(RandomStream::Question, id);
            let question = Question::draw(&mut random);
            csv.row(id)
                .number(product)
                .quoted_with(|text| push_question(text, &mut random, question.topic))
                .number(question.asked_at_ms);
            push_person_and_votes(csv, &mut random);
        }
    }
}

#[derive(Default)]
pub(super) struct AnswerRows {
    questions: IdCounter,
    answers: IdCounter,
}

impl RowWriter for AnswerRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        for id in self.questions.next(shop.questions(product)) {
            let mut random = shop.row(RandomStream::Question, id);
            let question = Question::draw(&mut random);
            let mut answers = self.answers.next(shop.answers(id));
            if LAST_ANSWER_FIRST.applies_to(id, &mut random)
                && let Some(last) = answers.next_back()
            {
                push_answer_row(shop, (last, id, &question), csv);
            }
            for answer in answers {
                push_answer_row(shop, (answer, id, &question), csv);
            }
        }
    }
}

fn push_answer_row(shop: &Shop, (id, question_id, question): (u64, u64, &Question), csv: &mut CsvWriter) {
    let mut random = shop.row(RandomStream::Answer, id);
    let answered_at_ms = question.asked_at_ms + random.between(60_000, LATEST_ANSWER_MS);
    csv.row(id)
        .number(question_id)
        .quoted_with(|text| push_answer(text, &mut random, question.topic))
        .number(answered_at_ms);
    push_person_and_votes(csv, &mut random);
}

/// Writes the last four cells of a question or an answer.
fn push_person_and_votes(csv: &mut CsvWriter, random: &mut Random) {
    csv.quoted_with(|text| push_nickname(text, random))
        .quoted_with(|text| push_email(text, random))
        .flag(random.chance(3, 100))
        .number(random.small(30));
}

#[derive(Default)]
pub(super) struct AnswerPhotoRows {
    questions: IdCounter,
    answers: IdCounter,
    photos: IdCounter,
}

impl RowWriter for AnswerPhotoRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        for question in self.questions.next(shop.questions(product)) {
            for answer in self.answers.next(shop.answers(question)) {
                for photo in self.photos.next(shop.answer_photos(answer)) {
                    let address = Photo::draw(&mut shop.row(RandomStream::AnswerPhoto, photo));
                    csv.row(photo).number(answer).quoted_with(|text| address.push_url(text));
                }
            }
        }
    }
}
