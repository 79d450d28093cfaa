// Shoppers, RATE a second for DURATION. Each opens a product page, which sends six requests at once; some then act on it, as
// often as HABITS says, and check the effect. EAGERNESS=10 makes them act ten times as often. What they write stays in the
// database, by "k6 shopper".

import { check, sleep } from 'k6';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import {
    BASE_URL, P95, constantRate, duration, isServed, named, openPage, pageReads, randomItem, randomProduct, seconds, setting,
    summaryTrendStats, thresholds, thresholdsByName,
} from './shop.js';

export { handleSummary } from './summary.js';
export { setup } from './shop.js';

const [rate, length] = [setting('RATE', 5), duration('30s')];
const eagerness = setting('EAGERNESS', 1);
// Seconds before a shopper checks the effect: longer than an invalidation takes to reach other replicas.
const THINK = setting('THINK', 1);
const pageOpened = new Trend('page_opened', true);
const SHOPPER = { name: 'k6 shopper', email: 'k6@example.com' };
const json = (name) => ({ ...named(name), headers: { 'Content-Type': 'application/json' } });

// One request: its parsed body if the response is correct. `isCorrect` checks the body; an exception in it is a failure.
function request(method, name, path, body, isCorrect) {
    const response = http.request(method, BASE_URL + path, body && JSON.stringify(body), json(`${method} ${name}`));
    const expected = { GET: 200, POST: 201, PUT: 204 }[method];
    let parsed;
    const isExpected = () => {
        if (response.status !== expected) return false;
        try {
            parsed = response.body ? response.json() : undefined;
            return Boolean(isCorrect(parsed, response));
        } catch {
            return false;
        }
    };
    return check(response, { [`${method} ${name} is correct`]: isExpected }) ? parsed : undefined;
}
const get = (name, path, isCorrect) => request('GET', name, path, null, isCorrect);
const post = (name, path, body, isCorrect) => request('POST', name, path, body, isCorrect);
// A creation, whose response has a Location.
const create = (name, path, body, isCorrect) =>
    post(name, path, body, (created, { headers }) => headers.Location && isCorrect(created));
const vote = (name, path) => request('PUT', name, path, null, (parsed) => parsed === undefined);

const listReviews = (id, isCorrect, sort = 'newest') =>
    get('/reviews', `/reviews?product_id=${id}&sort=${sort}&count=1000`, ({ results }) => isCorrect(results));
const listQuestions = (id, isCorrect) =>
    get('/qa/questions', `/qa/questions?product_id=${id}&count=1000`, ({ results }) => isCorrect(results));
const listAnswers = (id, isCorrect) =>
    get('/qa/questions/:id/answers', `/qa/questions/${id}/answers?count=1000`,
        ({ question, results }) => question === `${id}` && isCorrect(results));
const isSorted = (list, by) => list.every((item, i) => i === 0 || by(list[i - 1]) >= by(item));
const hasVotes = (list, key, id, votes) =>
    list.some((item) => item[key] === id && (item.helpfulness ?? item.question_helpfulness) >= votes);

const actions = {
    click() {
        const body = { element: 'button.add-to-cart', widget: 'overview', time: new Date().toString() };
        post('/interactions', '/interactions', body, () => true);
    },
    sortReviews({ id }) {
        listReviews(id, (reviews) => isSorted(reviews, ({ date }) => date));
        listReviews(id, (reviews) => isSorted(reviews, ({ helpfulness }) => helpfulness), 'helpful');
    },
    readAnswers({ questions }) {
        const { question_id } = randomItem(questions);
        listAnswers(question_id, (answers) => isSorted(answers, ({ helpfulness }) => helpfulness));
    },
    addToCart({ skus }) {
        const sku_id = Number(randomItem(skus));
        post('/cart', '/cart', { sku_id }, () => true);
        sleep(THINK);
        get('/cart', '/cart', (lines) => lines.some((line) => line.sku_id === sku_id && Number(line.count) >= 1));
    },
    voteForReview({ id, reviews }) {
        const { review_id, helpfulness } = randomItem(reviews);
        vote('/reviews/:id/helpful', `/reviews/${review_id}/helpful`);
        sleep(THINK);
        listReviews(id, (list) => hasVotes(list, 'review_id', review_id, helpfulness + 1));
    },
    voteForQuestion({ id, questions }) {
        const { question_id, question_helpfulness } = randomItem(questions);
        vote('/qa/questions/:id/helpful', `/qa/questions/${question_id}/helpful`);
        sleep(THINK);
        listQuestions(id, (list) => hasVotes(list, 'question_id', question_id, question_helpfulness + 1));
    },
    voteForAnswer({ answers }) {
        const { question_id, id, helpfulness } = randomItem(answers);
        vote('/qa/answers/:id/helpful', `/qa/answers/${id}/helpful`);
        sleep(THINK);
        listAnswers(question_id, (list) => hasVotes(list, 'answer_id', id, helpfulness + 1));
    },
    writeReview({ id, characteristics }) {
        const review = {
            product_id: id, rating: 4, summary: 'Does what it says', recommend: true, ...SHOPPER,
            body: 'Bought it for a load test, and it has not let go since. Would be bought again.',
            photos: ['https://example.com/photo.jpg'],
            characteristics: Object.fromEntries(characteristics.map((one) => [one.id, 3])),
        };
        const created = create('/reviews', '/reviews', review, ({ rating, body }) => rating === 4 && body === review.body);
        sleep(THINK);
        listReviews(id, (list) => created && list.some(({ review_id }) => review_id === created.review_id));
        return created && { report: '/reviews', id: created.review_id };
    },
    askQuestion({ id }) {
        const question = { product_id: id, body: 'Does it come in other colours?', ...SHOPPER };
        const created = create('/qa/questions', '/qa/questions', question, ({ question_body }) => question_body === question.body);
        sleep(THINK);
        listQuestions(id, (list) => created && list.some(({ question_id }) => question_id === created.question_id));
        return created && { report: '/qa/questions', id: created.question_id };
    },
    answerQuestion({ questions }) {
        const { question_id } = randomItem(questions);
        const answer = { body: 'It does, in seven of them.', photos: ['https://example.com/photo.jpg'], ...SHOPPER };
        const path = `/qa/questions/${question_id}/answers`;
        const created = create('/qa/questions/:id/answers', path, answer, ({ body }) => body === answer.body);
        sleep(THINK);
        listAnswers(question_id, (list) => created && list.some(({ answer_id }) => answer_id === created.answer_id));
        return created && { report: '/qa/answers', id: created.answer_id };
    },
};

// The actions on a page: how probable each is, what the page must show for it, and the service it belongs to.
const HABITS = [
    [0.5, 'click', [], 'interactions'],
    [0.1, 'sortReviews', [], 'reviews'],
    [0.08, 'addToCart', ['skus'], 'cart'],
    [0.05, 'readAnswers', ['questions'], 'questions'],
    [0.02, 'voteForReview', ['reviews'], 'reviews'],
    [0.01, 'voteForQuestion', ['questions'], 'questions'],
    [0.01, 'voteForAnswer', ['answers'], 'questions'],
    [0.004, 'writeReview', [], 'reviews'],
    [0.004, 'askQuestion', [], 'questions'],
    [0.002, 'answerQuestion', ['questions'], 'questions'],
].filter(([, , , service]) => isServed(service));

// What a page shows that actions need.
function shown(id, page) {
    const list = (name, key) => page[name]?.[key] ?? [];
    const questions = list('GET /qa/questions', 'results');
    return {
        id, questions,
        skus: list('GET /products/:id/styles', 'results')
            .flatMap(({ skus }) => Object.keys(skus)).filter((sku) => sku !== 'null'),
        reviews: list('GET /reviews', 'results'),
        characteristics: Object.values(page['GET /reviews/meta']?.characteristics ?? {}),
        answers: questions.flatMap(({ question_id, answers }) =>
            Object.values(answers).map((answer) => ({ question_id, ...answer }))),
    };
}

// Opens a page and performs the actions for which `isChosen(probability, action)`; returns each with what it has written.
export function visit(data, isChosen) {
    const id = randomProduct(data);
    const before = Date.now();
    const page = shown(id, openPage(id));
    pageOpened.add(Date.now() - before);
    return HABITS
        .filter(([probability, action, needs]) => isChosen(probability, action) && needs.every((need) => page[need].length > 0))
        .map(([, action]) => ({ action, written: actions[action](page) }));
}

// Hides what a visit has written, by a report, as moderators do.
export function report({ report: list, id }) {
    vote(`${list}/:id/report`, `${list}/${id}/report`);
}

// The requests of the actions, for the thresholds.
const ACTION_NAMES = [
    'GET /cart', 'GET /qa/questions/:id/answers', 'POST /cart', 'POST /interactions', 'POST /qa/questions',
    'POST /qa/questions/:id/answers', 'POST /reviews', 'PUT /qa/answers/:id/helpful',
    'PUT /qa/questions/:id/helpful', 'PUT /reviews/:id/helpful',
];

export const ACTIONS = HABITS.map(([, action]) => action);

export const options = {
    scenarios: { shoppers: constantRate(rate, length, { busy: 4, gracefulStop: '15s' }) },
    thresholds: {
        ...thresholds('', 2 * P95, rate * seconds(length)),
        ...thresholdsByName([...pageReads.map(({ name }) => name), ...ACTION_NAMES], P95),
        page_opened: [`p(95)<${3 * P95}`],
    },
    summaryTrendStats,
};

export default function shopper(data) {
    visit(data, (probability) => Math.random() < probability * eagerness);
}
