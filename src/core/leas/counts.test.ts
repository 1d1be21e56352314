import { describe, expect, it } from 'vitest';
import { analyseLeas, DEFAULT_LEAS_SETTINGS } from './analyse.ts';
import { CountsError, readCounts } from './counts.ts';
import { lambdaCsv, LAMBDA_HEADER } from './lambda-csv.ts';
import { MODELS } from './models.ts';

describe('counts from CSV', () => {
  it('takes headers in any case and order, quotes, attributes, and both line ends', () => {
    const file = readCounts('\uFEFF# from a run\r\nHops,K,n,Model,Question\r\n2,3,50,Base,"Who said ""hello, you""\nand left?"\r\n2,12.0,50,M_Uni,"Who said ""hello, you""\nand left?"\n,1,16,h-tool, b \n\n');
    expect(file).toMatchObject({ format: 'csv', rows: 3, problems: [], notes: [], unknownModels: [] });
    expect(file.seeds).toEqual([
      {
        seed: null,
        questions: [
          { question: 'Who said "hello, you"\nand left?', counts: { base: { k: 3, n: 50 }, m_uni: { k: 12, n: 50 } }, attributes: { hops: '2' } },
          { question: 'b', counts: { h_tool: { k: 1, n: 16 } }, attributes: {} },
        ],
      },
    ]);
  });

  it('takes semicolons and tabs', () => {
    expect(readCounts('question;model;k;n\na, b;base;1;2').seeds[0].questions[0].question).toBe('a, b');
    expect(readCounts('question\tmodel\tk\tn\r\na;b\tbase\t1\t2\r\n').seeds[0].questions[0].question).toBe('a;b');
  });

  it.each<[string, RegExp]>([
    ['q,base,3,2', /k is 3, more than n, 2/],
    ['q,base,1.5,2', /k is “1\.5”, not a whole number/],
    ['q,base,-1,2', /k is “-1”/],
    ['q,base,1,x', /n is “x”/],
    ['q,base,1,', /n is “”/],
    ['q,base,0,0', /n is 0/],
    ['q,base,1,1e3', /n is “1e3”/],
    ['q,base,1,9000000000000000', /more than 100000/],
    ['q,grpo,1,2', /the model “grpo” is none of base/],
    [',base,1,2', /question is empty/],
    ['q,,1,2', /model is empty/],
    ['q,base,1', /3 cells where the header has 4/],
    ['q, or not,base,1,2', /5 cells where the header has 4 \(a cell with a delimiter/],
    ['"q,base,1,2', /never closed/],
  ])('names line 4 of a bad row and keeps the rest: %s', (row, reason) => {
    const file = readCounts(`question,model,k,n\n"a\nb",base,1,2\n${row}`);
    expect(file.rows).toBe(1);
    expect(file.problems).toEqual([{ line: 4, reason: expect.stringMatching(reason) as unknown }]);
  });

  it('adds up rows that repeat a question and model, and says so', () => {
    const file = readCounts('question,model,k,n,set\na,base,1,10,x\na,Base,2,20,y\na,m_uni,2,20,y\n');
    expect(file.seeds[0].questions).toEqual([{ question: 'a', counts: { base: { k: 3, n: 30 }, m_uni: { k: 2, n: 20 } }, attributes: { set: 'x' } }]);
    expect(file.notes).toEqual(['1 row repeats a question and model (first in line 3): their counts are added up.', 'The column set differs within a question in 2 rows: the first value is kept.']);
  });

  it('lists unknown models, and takes a mapping', () => {
    const text = 'question,model,k,n\na,base,1,10\na,ours,2,20\nb,ours,2,20\n';
    expect(readCounts(text).unknownModels).toEqual([{ name: 'ours', rows: 2 }]);
    expect(readCounts(text, new Map([['ours', 'm_uni']])).seeds[0].questions.map(({ counts }) => counts.m_uni)).toEqual([{ k: 2, n: 20 }, { k: 2, n: 20 }]);
  });

  it('keeps training seeds apart; rows without one belong to each', () => {
    const file = readCounts('question,model,k,n,seed\na,base,1,10,\na,m_uni,2,20,1\na,m_uni,3,20,2\n');
    expect(file.seeds).toEqual([
      { seed: '1', questions: [{ question: 'a', counts: { base: { k: 1, n: 10 }, m_uni: { k: 2, n: 20 } }, attributes: {} }] },
      { seed: '2', questions: [{ question: 'a', counts: { base: { k: 1, n: 10 }, m_uni: { k: 3, n: 20 } }, attributes: {} }] },
    ]);
    expect(file.notes).toEqual(['2 training seeds (1, 2); 1 count without a seed belongs to each.']);
  });

  it.each<[string, RegExp]>([
    ['', /holds no counts/],
    ['question,model,k,n\n', /holds no counts/],
    ['id,model,k\na,base,1', /lacks the columns question, n/],
    ['question,model,k,n,K\na,base,1,2,3', /column k twice/],
    ['question,model,k,n\na,one,1,2\na,two,1,2', /None of the models is known: “one”, “two”/],
    ['question,model,k,n\na,base,3,2', /line 2: k is 3/],
    ['{"question":"a"}', /line 1: model, k, n are missing/],
  ])('refuses %j', (text, message) => {
    expect(() => readCounts(text)).toThrow(message);
    expect(() => readCounts(text)).toThrow(CountsError);
  });
});

describe('counts from JSON Lines', () => {
  it('takes numbers and text, and names bad lines', () => {
    const file = readCounts('{"question":"a","Model":"base","k":1,"n":"10","hops":2,"tags":["x"],"note":null}\n\nnothing\n[1]\n{"question":"a","model":"m_uni","k":1.5,"n":3}\n{"question":"a","model":"m_uni","k":-1,"n":3}\n{"question":"__proto__","model":"base","k":0,"n":1,"__proto__":"x"}\n');
    expect(file.format).toBe('json-lines');
    expect(file.problems.map(({ line, reason }) => `${line} ${reason.slice(0, 8)}`)).toEqual(['3 not JSON', '4 not a JS', '5 k is “1.', '6 k is “-1']);
    expect(file.seeds[0].questions[0]).toEqual({ question: 'a', counts: { base: { k: 1, n: 10 } }, attributes: { hops: '2', tags: '["x"]' } });
    expect(file.seeds[0].questions[1].question).toBe('__proto__');
  });
});

describe('5,000 questions × 7 models', () => {
  it('are read well within a second', () => {
    const rows = Array.from({ length: 5000 }, (_, index) => MODELS.map((model, at) => `"question, ${index}",${model},${(index * (at + 3)) % 51},50,${index % 4}`).join('\n'));
    const began = performance.now();
    const file = readCounts(`question,model,k,n,hops\n${rows.join('\n')}`);
    expect(file.rows).toBe(35_000);
    // About 60 ms on an idle machine; tests share busy ones.
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('the table of effects', () => {
  const csv = (text: string): string[] => {
    const { runs } = analyseLeas(readCounts(text).seeds, { ...DEFAULT_LEAS_SETTINGS, draws: 10, splits: 1, repeats: 1 });
    return [...lambdaCsv(runs)].join('').split('\r\n');
  };

  it('has the columns in order, and empty cells where a model is missing', () => {
    expect(LAMBDA_HEADER.slice(0, 8)).toEqual(['question', 'base', 'tool', 'reasoning', 'base_x_tool', 'base_x_reasoning', 'tool_x_reasoning', 'se_tool_x_reasoning']);
    const [header, row, end] = csv('question,model,k,n\n"a, b",base,25,50\n"a, b",h_tool,25,50');
    expect(header).toBe(LAMBDA_HEADER.join(','));
    expect(row).toMatch(/^"a, b",0,0,,,,,,0\.2\d+,0\.3\d+,,,$/);
    expect(end).toBe('');
  });

  it('does not let a spreadsheet run a question, and tells training seeds', () => {
    const lines = csv('question,model,k,n,seed\n=1+1,base,25,50,s');
    expect(lines[0]).toMatch(/^# 1 questions begin with/);
    expect(lines[1]).toMatch(/,seed$/);
    expect(lines[2]).toMatch(/^'=1\+1,0,.*,s$/);
  });
});
