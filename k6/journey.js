// Shoppers, RATE a second for DURATION. Each opens a product's page, which asks for six things at once; some then do what
// people do there, as often as HABITS says, and look whether it is there. EAGERNESS=10 makes them do it ten times as
// often. What they write stays in the database, by "k6 shopper".

import { check, sleep } from 'k6';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import {
    BASE_URL, P95, anyOf, anyProduct, duration, isServed, limits, limitsEach, named, openPage, pageReads, seconds, setting,
    steady, summaryTrendStats,
} from './shop.js';

export { setup } from './shop.js';

const [rate, length] = [setting('RATE', 5), duration('30s')];
const eagerness = setting('EAGERNESS', 1);
// Seconds until somebody looks for what they did: longer than other replicas may take to hear of it.
const THINK = setting('THINK', 1);
const pageOpened = new Trend('page_opened', true);
const SHOPPER = { name: 'k6 shopper', email: 'k6@example.com' };
const json = (name) => ({ ...named(name), headers: { 'Content-Type': 'application/json' } });

// One request: its parsed answer, if it is the one wanted. `isRight` says what must be true of it; what throws isn't.
function request(method, name, path, body, isRight) {
    const response = http.request(method, BASE_URL + path, body && JSON.stringify(body), json(`${method} ${name}`));
    const wanted = { GET: 200, POST: 201, PUT: 204 }[method];
    let told;
    const isWanted = () => {
        if (response.status !== wanted) return false;
        try {
            told = response.body ? response.json() : undefined;
            return Boolean(isRight(told, response));
        } catch {
            return false;
        }
    };
    return check(response, { [`${method} ${name} answers what was asked for`]: isWanted }) ? told : undefined;
}
const get = (name, path, isRight) => request('GET', name, path, null, isRight);
const post = (name, path, body, isRight) => request('POST', name, path, body, isRight);
// What was created, which has an address of its own.
const create = (name, path, body, isRight) =>
    post(name, path, body, (told, { headers }) => headers.Location && isRight(told));
const vote = (name, path) => request('PUT', name, path, null, (told) => told === undefined);

const listReviews = (id, isRight, sort = 'newest') =>
    get('/reviews', `/reviews?product_id=${id}&sort=${sort}&count=1000`, ({ results }) => isRight(results));
const listQuestions = (id, isRight) =>
    get('/qa/questions', `/qa/questions?product_id=${id}&count=1000`, ({ results }) => isRight(results));
const listAnswers = (id, isRight) =>
    get('/qa/questions/:id/answers', `/qa/questions/${id}/answers?count=1000`,
        ({ question, results }) => question === `${id}` && isRight(results));
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
        const { question_id } = anyOf(questions);
        listAnswers(question_id, (answers) => isSorted(answers, ({ helpfulness }) => helpfulness));
    },
    addToCart({ skus }) {
        const sku_id = Number(anyOf(skus));
        post('/cart', '/cart', { sku_id }, () => true);
        sleep(THINK);
        get('/cart', '/cart', (lines) => lines.some((line) => line.sku_id === sku_id && Number(line.count) >= 1));
    },
    voteForReview({ id, reviews }) {
        const { review_id, helpfulness } = anyOf(reviews);
        vote('/reviews/:id/helpful', `/reviews/${review_id}/helpful`);
        sleep(THINK);
        listReviews(id, (list) => hasVotes(list, 'review_id', review_id, helpfulness + 1));
    },
    voteForQuestion({ id, questions }) {
        const { question_id, question_helpfulness } = anyOf(questions);
        vote('/qa/questions/:id/helpful', `/qa/questions/${question_id}/helpful`);
        sleep(THINK);
        listQuestions(id, (list) => hasVotes(list, 'question_id', question_id, question_helpfulness + 1));
    },
    voteForAnswer({ answers }) {
        const { question_id, id, helpfulness } = anyOf(answers);
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
        const told = create('/reviews', '/reviews', review, ({ rating, body }) => rating === 4 && body === review.body);
        sleep(THINK);
        listReviews(id, (list) => told && list.some(({ review_id }) => review_id === told.review_id));
        return told && { report: '/reviews', id: told.review_id };
    },
    askQuestion({ id }) {
        const question = { product_id: id, body: 'Does it come in other colours?', ...SHOPPER };
        const told = create('/qa/questions', '/qa/questions', question, ({ question_body }) => question_body === question.body);
        sleep(THINK);
        listQuestions(id, (list) => told && list.some(({ question_id }) => question_id === told.question_id));
        return told && { report: '/qa/questions', id: told.question_id };
    },
    answerQuestion({ questions }) {
        const { question_id } = anyOf(questions);
        const answer = { body: 'It does, in seven of them.', photos: ['https://example.com/photo.jpg'], ...SHOPPER };
        const path = `/qa/questions/${question_id}/answers`;
        const told = create('/qa/questions/:id/answers', path, answer, ({ body }) => body === answer.body);
        sleep(THINK);
        listAnswers(question_id, (list) => told && list.some(({ answer_id }) => answer_id === told.answer_id));
        return told && { report: '/qa/answers', id: told.answer_id };
    },
};

// What people do on a page: of how many who open it, on what it must have, through which service.
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

// What a page shows, as far as actions go by it.
function whatIsThere(id, page) {
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

// Opens a page and does there what `isDone(chance, action)` says; what came of it.
export function visit(shop, isDone) {
    const id = anyProduct(shop);
    const before = Date.now();
    const page = whatIsThere(id, openPage(id));
    pageOpened.add(Date.now() - before);
    return HABITS
        .filter(([chance, action, needs]) => isDone(chance, action) && needs.every((need) => page[need].length > 0))
        .map(([, action]) => ({ action, written: actions[action](page) }));
}

// What each visit leaves is hidden again: reported, as moderators would.
export function report({ report: list, id }) {
    vote(`${list}/:id/report`, `${list}/${id}/report`);
}

// What these ask for besides the page, for the thresholds.
const ASKED = [
    'GET /cart', 'GET /qa/questions/:id/answers', 'POST /cart', 'POST /interactions', 'POST /qa/questions',
    'POST /qa/questions/:id/answers', 'POST /reviews', 'PUT /qa/answers/:id/helpful',
    'PUT /qa/questions/:id/helpful', 'PUT /reviews/:id/helpful',
];

export const ACTIONS = HABITS.map(([, action]) => action);

export const options = {
    scenarios: { shoppers: steady(rate, length, { busy: 4, gracefulStop: '15s' }) },
    thresholds: {
        ...limits('', 2 * P95, rate * seconds(length)),
        ...limitsEach([...pageReads.map(({ name }) => name), ...ASKED], P95),
        page_opened: [`p(95)<${3 * P95}`],
    },
    summaryTrendStats,
};

export default function shopper(shop) {
    visit(shop, (chance) => Math.random() < chance * eagerness);
}
