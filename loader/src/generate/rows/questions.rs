//! The rows of questions.csv, answers.csv and `answers_photos.csv`.

use super::Rows;
use crate::generate::lines::Lines;
use crate::generate::quirks::LAST_ANSWER_FIRST;
use crate::generate::random::Random;
use crate::generate::shop::{Ids, Shop, Subject};
use crate::generate::words::links::Photo;
use crate::generate::words::people::{push_email, push_nickname};
use crate::generate::words::questions::{TOPICS, Topic, push_answer, push_question};

/// Questions are asked from July 2018 to December 2020, in milliseconds since the epoch.
const ASKED_MS: (u64, u64) = (1_530_403_200_000, 1_609_459_199_999);
/// The latest answers come sixty days after the question.
const LATEST_ANSWER_MS: u64 = 60 * 24 * 60 * 60 * 1_000;

/// A question, as far as its answers must know it.
struct Question {
    asked_at_ms: u64,
    topic: Topic,
}

impl Question {
    /// From the first draws of the question's row.
    fn draw(random: &mut Random) -> Self {
        let (first, last) = ASKED_MS;
        Self { asked_at_ms: random.between(first, last), topic: random.pick(&TOPICS) }
    }
}

#[derive(Default)]
pub(super) struct Questions {
    questions: Ids,
}

impl Rows for Questions {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        for id in self.questions.next(shop.questions(product)) {
            let mut random = shop.row(Subject::Question, id);
            let question = Question::draw(&mut random);
            lines
                .row(id)
                .number(product)
                .prose(|text| push_question(text, &mut random, question.topic))
                .number(question.asked_at_ms);
            push_person_and_votes(lines, &mut random);
        }
    }
}

#[derive(Default)]
pub(super) struct Answers {
    questions: Ids,
    answers: Ids,
}

impl Rows for Answers {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        for id in self.questions.next(shop.questions(product)) {
            let mut random = shop.row(Subject::Question, id);
            let question = Question::draw(&mut random);
            let mut answers = self.answers.next(shop.answers(id));
            if LAST_ANSWER_FIRST.strikes(id, &mut random)
                && let Some(last) = answers.next_back()
            {
                push_answer_row(shop, (last, id, &question), lines);
            }
            for answer in answers {
                push_answer_row(shop, (answer, id, &question), lines);
            }
        }
    }
}

fn push_answer_row(shop: &Shop, (id, question_id, question): (u64, u64, &Question), lines: &mut Lines) {
    let mut random = shop.row(Subject::Answer, id);
    let answered_at_ms = question.asked_at_ms + random.between(60_000, LATEST_ANSWER_MS);
    lines
        .row(id)
        .number(question_id)
        .prose(|text| push_answer(text, &mut random, question.topic))
        .number(answered_at_ms);
    push_person_and_votes(lines, &mut random);
}

/// The last four cells of questions and answers alike.
fn push_person_and_votes(lines: &mut Lines, random: &mut Random) {
    lines
        .prose(|text| push_nickname(text, random))
        .prose(|text| push_email(text, random))
        .flag(random.chance(3, 100))
        .number(random.small(30));
}

#[derive(Default)]
pub(super) struct AnswerPhotos {
    questions: Ids,
    answers: Ids,
    photos: Ids,
}

impl Rows for AnswerPhotos {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        for question in self.questions.next(shop.questions(product)) {
            for answer in self.answers.next(shop.answers(question)) {
                for photo in self.photos.next(shop.answer_photos(answer)) {
                    let address = Photo::draw(&mut shop.row(Subject::AnswerPhoto, photo));
                    lines.row(photo).number(answer).prose(|text| address.push_url(text));
                }
            }
        }
    }
}
