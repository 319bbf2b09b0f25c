//! Builds an expression from its text by precedence climbing.

use super::lexer::{Token, tokens};
use super::{
    Binary, Expression, ExpressionError, Function, MAX_EXPRESSION_DEPTH, MAX_EXPRESSION_HEIGHT, TIGHTEST,
    Unary,
};
use std::borrow::Cow;

impl<'a> Expression<'a> {
    /// Reads an expression; `None` for a blank text.
    pub fn parse(text: &'a str) -> Result<Option<Self>, ExpressionError> {
        let mut tokens = tokens(text)?.into_iter();
        let next = tokens.next();
        let mut parser = Parser {
            next,
            tokens,
            depth: 0,
        };
        if parser.next.is_none() {
            return Ok(None);
        }
        let expression = parser.conditional()?;
        match parser.next {
            None => Ok(Some(expression.expression)),
            Some(_) => Err(parser.unexpected()),
        }
    }
}

struct Parser<'a> {
    next: Option<Token<'a>>,
    tokens: std::vec::IntoIter<Token<'a>>,
    depth: usize,
}

/// Evaluating and dropping recurse, so the height of the tree is bounded as it grows.
struct Tree<'a> {
    expression: Expression<'a>,
    height: usize,
}

type Parsed<'a> = Result<Tree<'a>, ExpressionError>;

fn leaf(expression: Expression<'_>) -> Tree<'_> {
    Tree {
        expression,
        height: 1,
    }
}

fn over<'a>(tallest: usize, expression: Expression<'a>) -> Parsed<'a> {
    if tallest == MAX_EXPRESSION_HEIGHT {
        return Err(ExpressionError::TooDeep);
    }
    Ok(Tree {
        expression,
        height: tallest + 1,
    })
}

impl<'a> Parser<'a> {
    fn conditional(&mut self) -> Parsed<'a> {
        self.nested(|parser| {
            let condition = parser.binary(0)?;
            if !parser.takes("?") {
                return Ok(condition);
            }
            let yes = parser.conditional()?;
            parser.expects("::")?;
            let no = parser.conditional()?;
            let height = condition.height.max(yes.height).max(no.height);
            let (condition, yes, no) = (condition.expression, yes.expression, no.expression);
            over(
                height,
                Expression::Conditional(condition.into(), yes.into(), no.into()),
            )
        })
    }

    /// Operators that bind tighter than `floor`, from the left.
    fn binary(&mut self, floor: u8) -> Parsed<'a> {
        let mut left = self.operand()?;
        while let Some((operator, level)) = self.operator().filter(|(_, level)| *level > floor) {
            self.advance();
            let right = self.nested(|parser| parser.binary(level))?;
            let height = left.height.max(right.height);
            left = over(
                height,
                Expression::Binary(operator, left.expression.into(), right.expression.into()),
            )?;
        }
        Ok(left)
    }

    fn operand(&mut self) -> Parsed<'a> {
        let unary = match self.next {
            Some(Token::Sign("-")) => Unary::Minus,
            Some(Token::Sign("!")) => Unary::Not,
            Some(_) | None => return self.primary(),
        };
        self.advance();
        let operand = self.nested(|parser| parser.binary(TIGHTEST - 1))?;
        over(
            operand.height,
            Expression::Unary(unary, operand.expression.into()),
        )
    }

    fn primary(&mut self) -> Parsed<'a> {
        match self.advance() {
            Some(Token::Word(word)) => Ok(leaf(Expression::Word(Cow::Borrowed(word)))),
            Some(Token::Quoted(text)) => Ok(leaf(Expression::Quoted(text))),
            Some(Token::Call(name)) => {
                let function = Function::by_name(name);
                self.call(function.ok_or_else(|| ExpressionError::UnknownFunction(name.to_owned()))?)
            }
            Some(Token::Sign("(")) => {
                let inside = self.conditional()?;
                self.expects(")")?;
                Ok(inside)
            }
            found @ (Some(Token::Sign(_)) | None) => {
                Err(ExpressionError::Unexpected(found.as_ref().map(Token::text)))
            }
        }
    }

    fn call(&mut self, function: Function) -> Parsed<'a> {
        let mut arguments = vec![self.conditional()?];
        while self.takes(",") {
            arguments.push(self.conditional()?);
        }
        self.expects(")")?;
        if arguments.len() != function.row().1 {
            return Err(ExpressionError::WrongArgumentCount(function));
        }
        let height = arguments
            .iter()
            .map(|argument| argument.height)
            .max()
            .unwrap_or(0);
        let arguments = arguments
            .into_iter()
            .map(|argument| argument.expression)
            .collect();
        over(height, Expression::Call(function, arguments))
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<'a>) -> Parsed<'a> {
        if self.depth == MAX_EXPRESSION_DEPTH {
            return Err(ExpressionError::TooDeep);
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn operator(&self) -> Option<(Binary, u8)> {
        match self.next {
            Some(Token::Sign(sign)) => Binary::by_sign(sign),
            Some(Token::Word(_) | Token::Quoted(_) | Token::Call(_)) | None => None,
        }
    }

    fn advance(&mut self) -> Option<Token<'a>> {
        std::mem::replace(&mut self.next, self.tokens.next())
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_it = matches!(self.next, Some(Token::Sign(own)) if own == sign);
        if is_it {
            self.advance();
        }
        is_it
    }

    fn expects(&mut self, sign: &str) -> Result<(), ExpressionError> {
        if self.takes(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> ExpressionError {
        ExpressionError::Unexpected(self.next.as_ref().map(Token::text))
    }
}
